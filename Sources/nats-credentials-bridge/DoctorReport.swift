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

  /// Lines for people. Why nothing was repaired is not among them: that is an error, for stderr.
  func text(on look: TerminalLook) -> String {
    var lines: [String] = []
    if case .success(let repaired) = repair { lines += repaired.map { "   repaired: \(StandardError.escaped($0))" } }
    lines += settings.map { "  \($0.name): from \(StandardError.escaped($0.source))" }
    lines += checks.map { "\(mark($0.level, look)) \($0.subject): \(StandardError.escaped($0.text))" }
    return lines.map { $0 + "\n" }.joined()
  }

  private func mark(_ level: Diagnostic.Level, _ look: TerminalLook) -> String {
    switch level {
    case .passed: TextColor.green.on("ok", if: look.hasColor)
    case .note: TextColor.yellow.on("--", if: look.hasColor)
    case .failed: TextColor.red.on("FAIL", if: look.hasColor)
    }
  }

  /// One line. Only members are added: programs read it.
  var json: String {
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
    return JSONText(.object(members)).text + "\n"
  }

  private func status(_ level: Diagnostic.Level) -> String {
    switch level {
    case .passed: "passed"
    case .note: "note"
    case .failed: "failed"
    }
  }
}
