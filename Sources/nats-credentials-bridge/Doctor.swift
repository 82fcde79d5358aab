import Credentials
import JSON
import LocalBackend

/// Says what is configured and where it came from, and what is well and what is not. No secret is ever shown, only that it is there.
enum Doctor {
  /// Gives the exit status: 0 only if all is well.
  static func run(_ options: Options, forgetting server: String?) -> Int32 {
    let settings = Wiring.localSettings(options)
    if let server { return forget(server, settings) }
    for setting in Wiring.sources(options) { print("  \(setting.name): from \(setting.source)") }
    for variable in Environment.scalewayVariables where Environment.value(variable) != nil { print("  \(variable): set") }
    let findings = Examination(settings).findings()
    for finding in findings { print("\(finding.isWell ? "ok" : "!!") \(finding.subject): \(Program.escaped(finding.text))") }
    return findings.allSatisfy(\.isWell) ? 0 : 1
  }

  private static func forget(_ server: String, _ settings: LocalSettings) -> Int32 {
    do throws(CredentialsError) {
      guard try Examination(settings).forgetServer(server) else {
        Program.printError("no server of this name has ever acknowledged claims; doctor names those that are behind")
        return 1
      }
      print("forgotten; a serving bridge goes on with what waited for it")
      return 0
    } catch {
      Program.printError(error.message)
      return 1
    }
  }
}
