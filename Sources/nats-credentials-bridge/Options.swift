import CLibraries
import Credentials
import JSONRPC

/// What stands on the command line. Never a secret.
struct Options {
  enum Command: Equatable {
    case serve
    case call(method: String, arguments: [String])
    case schemas(folder: String?)
    case openrpc
    case completion(Shell)
    case manual
    case doctor(forgetServer: String?, repairs: Bool, asJSON: Bool)
    /// What stands beside `--help`: the command or method that is asked about.
    case help(about: [String])
    case version
  }

  /// What is wrong with the command line, and what to do.
  struct Problem: Error {
    let message: String
    /// `call` has exit statuses of its own.
    var isCallUsage = false

    var exitStatus: Int32 { isCallUsage ? ExitStatus.usageOfCall : ExitStatus.usage }
  }

  var command = Command.serve
  var region: Region?
  var state: String?
  var natsURL: String?
  /// What nats-server.conf is to listen on.
  var listen: String?
  /// A profile of the configuration file of Scaleway's tools.
  var profile: String?
  /// Certificates (PEM) to trust instead of the system's.
  var caFile: String?
  var logLevel = Log.Level.warning
  var logLevelIsSet = false
  var drainSeconds: Int?
  /// Where both directions of the session are written down.
  var mirrorFolder: String?
  /// Whether nats-servers that lack an account are answered.
  var resolves = false
  var asksForHelp = false
  /// Those that a single command takes; that command has them.
  var call = CallOptions()
  var (schemasFolder, forgottenServer, repairs, asJSON): (String?, String?, Bool, Bool) = (nil, nil, false, false)

  /// What the program was started with. Text that is not UTF-8 is refused: it would become another text. Without even the program's name
  /// nobody knows what else is lost, and a bridge that serves instead of what was asked would end with 0.
  static func arguments() throws(Problem) -> [String] {
    let count = ncb_process_argument_count()
    guard count > 0 else { throw Problem(message: "the system handed over no arguments, not even the program's name") }
    var arguments: [String] = []
    for index in 1..<count {
      guard let pointer = ncb_process_argument(index), let text = String(validatingCString: pointer) else {
        throw Problem(message: "argument \(index) is not UTF-8", isCallUsage: arguments.contains("call"))
      }
      arguments.append(text)
    }
    return arguments
  }

  init(_ arguments: [String]) throws(Problem) {
    var words: [String] = []
    do throws(Problem) {
      try read(arguments, &words)
    } catch {
      throw Problem(message: error.message, isCallUsage: words.first == "call")
    }
  }

  private mutating func read(_ arguments: [String], _ words: inout [String]) throws(Problem) {
    var rest = arguments[...]
    var given: [Option] = []
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("-"), argument != "-" else {
        words.append(argument)
        continue
      }
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard let option = Option.named(parts[0]) else {
        if Self.secrets.contains(parts[0]) {
          throw Problem(message: "no option takes a secret: use SCW_SECRET_KEY or the configuration file")
        }
        throw Problem(message: "there is no such option; --help shows them")
      }
      given.append(option)
      if option.value != nil {
        guard let value = parts.count > 1 ? parts[1] : rest.popFirst() else { throw Problem(message: "\(parts[0]) needs a value") }
        try option.read(&self, value)
      } else {
        guard parts.count == 1 else { throw Problem(message: "\(parts[0]) takes no value") }
        try option.read(&self, "")
      }
    }
    if asksForHelp { command = .help(about: words) }
    guard command == .serve else { return }
    let asked = words.first ?? CommandSpec.implied
    for option in given {
      if let owner = option.command, owner != asked { throw Problem(message: "\(option.names[0]) belongs to \(owner)") }
    }
    command = try command(words)
  }

  private static let secrets = ["--secret-key", "--access-key", "--token"]

  private func command(_ words: [String]) throws(Problem) -> Command {
    switch words.first {
    case nil: return .serve
    case "serve" where words.count == 1: return .serve
    case "call" where words.count > 1: return .call(method: words[1], arguments: Array(words.dropFirst(2)))
    case "call": throw Problem(message: "call needs a method, as in: call credentials.list page_size=10; call --help lists them")
    case "doctor" where words.count == 1:
      if asJSON, forgottenServer != nil { throw Problem(message: "--json is what doctor says; --forget-server says nothing of that") }
      return .doctor(forgetServer: forgottenServer, repairs: repairs, asJSON: asJSON)
    case "schemas" where words.count == 1: return .schemas(folder: schemasFolder)
    case "openrpc" where words.count == 1: return .openrpc
    case "manual" where words.count == 1: return .manual
    case "help" where words.count <= 3: return .help(about: Array(words.dropFirst()))
    case "completion":
      guard words.count == 2, let shell = Shell(rawValue: words[1]) else {
        throw Problem(message: "completion needs a shell: \(Shell.names.joined(separator: ", "))")
      }
      return .completion(shell)
    default:
      let names = CommandSpec.all.map(\.name).joined(separator: ", ")
      throw Problem(message: "the commands are \(names); serve is the default; --help shows what they take")
    }
  }
}
