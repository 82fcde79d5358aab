import Credentials
import JSONRPC

/// What stands on the command line. Never a secret.
struct Options {
  enum Command: Equatable {
    case serve
    case call(method: String, arguments: [String], all: Bool)
    case schemas(folder: String?)
    case openrpc
    case doctor(forgetServer: String?)
    case help
    case version
  }

  /// What is wrong with the command line, and what to do.
  struct Usage: Error { let message: String }

  var command = Command.serve
  var region: Region?
  var state: String?
  var natsURL: String?
  /// A profile of the configuration file of Scaleway's tools.
  var profile: String?
  /// Certificates (PEM) to trust instead of the system's.
  var caFile: String?
  var logLevel = Log.Level.warning
  var logLevelIsSet = false
  var drainSeconds: Int?

  /// What the program was started with. Text that is not UTF-8 is refused: it would become another text.
  static func arguments() throws(Usage) -> [String] {
    var arguments: [String] = []
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let pointer = CommandLine.unsafeArgv[index], let text = String(validatingCString: pointer) else {
        throw Usage(message: "argument \(index) is not UTF-8")
      }
      arguments.append(text)
    }
    return arguments
  }

  init(_ arguments: [String]) throws(Usage) {
    var rest = arguments[...]
    var words: [String] = []
    var (all, folder, server): (Bool, String?, String?) = (false, nil, nil)
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("-"), argument != "-" else {
        words.append(argument)
        continue
      }
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let option = parts[0]
      func value() throws(Usage) -> String {
        guard let value = parts.count > 1 ? parts[1] : rest.popFirst() else { throw Usage(message: "\(option) needs a value") }
        return value
      }
      switch option {
      case "--help", "-h": command = .help
      case "--version": command = .version
      case "--all": all = true
      case "--write": folder = try value()
      case "--forget-server": server = try value()
      case "--region":
        guard let region = Region(try value()) else { throw Usage(message: "--region needs a region such as local, fr-par or nl-ams") }
        self.region = region
      case "--state": state = try value()
      case "--nats-url": natsURL = try value()
      case "--profile": profile = try value()
      case "--ca-file": caFile = try value()
      case "--log-level":
        guard let level = Log.Level(try value()) else { throw Usage(message: "--log-level is error, warning, info, debug or trace") }
        (logLevel, logLevelIsSet) = (level, true)
      case "--drain":
        guard let seconds = Int(try value()), (0...86_400).contains(seconds) else { throw Usage(message: "--drain is 0 to 86400 seconds") }
        drainSeconds = seconds
      case "--secret-key", "--access-key", "--token":
        throw Usage(message: "no option takes a secret: use SCW_SECRET_KEY or the configuration file")
      default: throw Usage(message: "there is no such option; --help shows them")
      }
    }
    if command == .serve { command = try Self.command(words, all: all, folder: folder, server: server) }
  }

  private static func command(_ words: [String], all: Bool, folder: String?, server: String?) throws(Usage) -> Command {
    if words == ["doctor"], !all, folder == nil { return .doctor(forgetServer: server) }
    if server != nil { throw Usage(message: "--forget-server belongs to doctor") }
    switch words.first {
    case nil where !all && folder == nil, "serve" where words.count == 1 && !all && folder == nil: return .serve
    case "call" where words.count > 1 && folder == nil: return .call(method: words[1], arguments: Array(words.dropFirst(2)), all: all)
    case "call": throw Usage(message: "call needs a method, as in: call credentials.list page_size=10")
    case "schemas" where words.count == 1 && !all: return .schemas(folder: folder)
    case "openrpc" where words.count == 1 && !all && folder == nil: return .openrpc
    default: throw Usage(message: "the commands are serve (the default), call, doctor, schemas and openrpc; --help shows them")
    }
  }
}
