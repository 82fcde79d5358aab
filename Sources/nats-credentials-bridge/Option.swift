import Credentials
import JSONRPC
import ScalewayBackend

/// One option of the command line, declared once: reading, `--help`, the completions and the manual follow from `all`.
struct Option: Sendable {
  /// What may stand for a value, for completions.
  enum Words: Sendable {
    case anything, file, folder
    case these([String])
  }

  /// The long name first.
  let names: [String]
  /// What stands for the value in texts; nil for an option without one.
  var value: String?
  var words = Words.anything
  /// The only command that takes it; nil for an option of all.
  var command: String?
  /// The variable that says the same where the option is missing.
  var variable: String?
  let summary: String
  let read: @Sendable (inout Options, String) throws(Options.Problem) -> Void

  /// Its names and its value, as texts show them.
  var form: String { names.joined(separator: ", ") + (value.map { " \($0)" } ?? "") }

  static func named(_ name: String) -> Option? { all.first { $0.names.contains(name) } }

  static let regions = [Region.local.name] + Region.scaleway.map(\.name)

  static let all = [
    Option(
      names: ["--region"], value: "REGION", words: .these(regions), variable: "SCW_DEFAULT_REGION",
      summary: "the region of requests that name none (local is the embedded backend)"
    ) { options, value throws(Options.Problem) in
      guard let region = Region(value) else { throw Options.Problem(message: "--region needs a region such as local, fr-par or nl-ams") }
      options.region = region
    },
    Option(names: ["--state"], value: "DIR", words: .folder, summary: "the embedded backend's folder") { $0.state = $1 },
    Option(
      names: ["--nats-url"], value: "URL", variable: "NATS_URL",
      summary: "where to reach nats-servers in this run (default: where nats-server.conf listens, at first nats://127.0.0.1:4222)"
    ) { $0.natsURL = $1 },
    Option(
      names: ["--listen"], value: "HOST:PORT",
      summary: "the listen address for nats-server.conf from now on (set when it is first created; restart the server)"
    ) { $0.listen = $1 },
    Option(
      names: ["--profile"], value: "NAME", variable: "SCW_PROFILE", summary: "a profile of the configuration file of Scaleway's tools"
    ) { $0.profile = $1 },
    Option(
      names: ["--ca-file"], value: "FILE", words: .file, variable: "SSL_CERT_FILE",
      summary: "certificates (PEM) to trust instead of the system's, for Scaleway's API"
    ) { $0.caFile = $1 },
    Option(
      names: ["--log-level"], value: "LEVEL", words: .these(Log.Level.allCases.map(\.name)),
      summary: "what is logged on stderr: error, warning (the default), info, debug or trace"
    ) { options, value throws(Options.Problem) in
      guard let level = Log.Level(value) else { throw Options.Problem(message: "--log-level is error, warning, info, debug or trace") }
      (options.logLevel, options.logLevelIsSet) = (level, true)
    },
    Option(
      names: ["--drain"], value: "SECONDS", summary: "how long requests may continue after the end of input"
    ) { options, value throws(Options.Problem) in
      guard let seconds = Int(value), (0...86_400).contains(seconds) else {
        throw Options.Problem(message: "--drain is 0 to 86400 seconds")
      }
      options.drainSeconds = seconds
    },
    Option(
      names: ["--resolve"], command: "serve",
      summary: "reply to a nats-server that looks up an account it lacks: a lost claims file is replaced at the next login"
    ) { options, _ in options.resolves = true },
    Option(
      names: ["--mirror"], value: "DIR", words: .folder, command: "serve",
      summary: "record the session in two new files in this folder, secrets masked, for a bug report"
    ) { $0.mirrorFolder = $1 },
    Option(names: ["--all"], command: CommandSpec.call, summary: "every row of a list, whatever their number") { options, _ in
      options.call.all = true
    },
    Option(
      names: ["--output"], value: "FORM", words: .these(CallOptions.Output.allCases.map(\.rawValue)), command: CommandSpec.call,
      summary: "table, json or lines (one row per line); on a terminal lists are tables by default, and JSON has indents"
    ) { options, value throws(Options.Problem) in
      guard let output = CallOptions.Output(rawValue: value) else { throw Options.Problem(message: "--output is table, json or lines") }
      options.call.output = output
    },
    Option(
      names: ["--field"], value: "NAME", command: CommandSpec.call,
      summary:
        "print one member of the result, or of each row with --all; a text without quotes; names are nested by dots, as in saved.path"
    ) { options, value throws(Options.Problem) in
      guard let path = FieldPath(value) else { throw Options.Problem(message: "--field needs a name such as id or saved.path") }
      options.call.field = path
    },
    Option(
      names: ["--params"], value: "-", words: .these(["-"]), command: CommandSpec.call,
      summary: "read parameters from stdin, too: one JSON object"
    ) { options, value throws(Options.Problem) in
      guard value == "-" else {
        throw Options.Problem(message: "--params is - and reads a JSON object from stdin; here parameters are key=value")
      }
      options.call.readsParams = true
    },
    Option(
      names: ["--errors"], value: "FORM", words: .these(ErrorForm.allCases.map(\.rawValue)), command: CommandSpec.call,
      summary: "what errors on stderr are: text (the default), or json, the error object of JSON-RPC in one line"
    ) { options, value throws(Options.Problem) in
      guard let form = ErrorForm(rawValue: value) else { throw Options.Problem(message: "--errors is text or json") }
      options.call.errors = form
    },
    Option(names: ["--json"], command: "doctor", summary: "print what was found as one JSON object") { options, _ in
      options.asJSON = true
    },
    Option(
      names: ["--repair"], command: "doctor",
      summary: "fix what differs from the store (claims files, servers' claims, nats-server.conf) and list what was done"
    ) { options, _ in options.repairs = true },
    Option(
      names: ["--forget-server"], value: "NAME", command: "doctor",
      summary: "forget a nats-server that is gone for good: deletions no longer wait for it"
    ) { $0.forgottenServer = $1 },
    Option(
      names: ["--write"], value: "DIR", words: .folder, command: "schemas", summary: "write a file for each method into this folder"
    ) { $0.schemasFolder = $1 },
    Option(names: ["--version"], summary: "print the version") { options, _ in options.command = .version },
    Option(names: ["--help", "-h"], summary: "print this help; after a command, or after call METHOD, what belongs to it") { options, _ in
      options.asksForHelp = true
    },
  ]
}
