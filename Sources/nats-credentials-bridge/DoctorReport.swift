import Bridge
import Credentials
import JSON
import LocalBackend
import System
import Terminal

/// What `doctor` has found, in its two forms.
struct DoctorReport {
  /// The region of requests that name none.
  let region: Region?
  let settings: [(name: String, source: String)]
  /// Only with `--repair`.
  let repair: Result<[String], CredentialsError>?
  let checks: [Diagnostic]

  var passed: Bool { checks.allSatisfy(\.passed) }

  func printText(on look: TerminalLook) {
    switch repair {
    case .success(let lines): for line in lines { print("   repaired: \(StandardError.escaped(line))") }
    case .failure(let error): StandardError.write("not repaired: \(error.message)")
    case nil: break
    }
    for setting in settings { print("  \(setting.name): from \(StandardError.escaped(setting.source))") }
    for check in checks { print("\(mark(check.level, look)) \(check.subject): \(StandardError.escaped(check.text))") }
  }

  private func mark(_ level: Diagnostic.Level, _ look: TerminalLook) -> String {
    switch level {
    case .passed: TextColor.green.on("ok", if: look.hasColor)
    case .note: TextColor.yellow.on("--", if: look.hasColor)
    case .failed: TextColor.red.on("FAIL", if: look.hasColor)
    }
  }

  /// One line. Only members are added: programs read it.
  func printJSON() {
    var members = [
      JSONMember("passed", .bool(passed)), JSONMember("version", .string(BridgeVersion.text)),
      JSONMember("region", region.map { .string($0.name) } ?? .null),
      JSONMember("settings", .array(settings.map { ["name": .string($0.name), "source": .string($0.source)] })),
      JSONMember(
        "checks",
        .array(checks.map { ["subject": .string($0.subject), "status": .string(status($0.level)), "text": .string($0.text)] })),
    ]
    switch repair {
    case .success(let lines): members.append(JSONMember("repaired", .array(lines.map { .string($0) })))
    case .failure(let error): members.append(JSONMember("not_repaired", .string(error.message)))
    case nil: break
    }
    print(JSONText(.object(members)).text)
  }

  private func status(_ level: Diagnostic.Level) -> String {
    switch level {
    case .passed: "passed"
    case .note: "note"
    case .failed: "failed"
    }
  }
}
