/// One command as it stands on the command line: for `--help`, the completions and the manual.
struct CommandSpec: Sendable {
  let name: String
  /// What follows the name, as texts show it.
  let arguments: String
  let summary: String

  var usage: String { arguments.isEmpty ? name : "\(name) \(arguments)" }

  /// The command of a command line that names none.
  static let implied = "serve"
  static let call = "call"

  static let all = [
    CommandSpec(
      name: implied, arguments: "[--resolve] [--mirror DIR]",
      summary: "reads JSON-RPC 2.0 requests, one per line, on stdin; responses on stdout; this is the default"),
    CommandSpec(
      name: call, arguments: "METHOD [key=value…] [key:=json…] [--all] [--output FORM]",
      summary: "one request; a parameter is key=value, typed by the method, or key:=json; the result on stdout, errors on stderr"),
    CommandSpec(
      name: "doctor", arguments: "[--json] [--repair] [--forget-server NAME]",
      summary: "shows and checks the configuration; exit status 0 if nothing fails that the default region needs"),
    CommandSpec(name: "schemas", arguments: "[--write DIR]", summary: "JSON Schemas of all methods"),
    CommandSpec(name: "openrpc", arguments: "", summary: "the OpenRPC document"),
    CommandSpec(
      name: "completion", arguments: Shell.names.joined(separator: "|"), summary: "a script that completes these commands"),
    CommandSpec(name: "help", arguments: "[COMMAND|METHOD]", summary: "the same as --help, after a command or a method"),
    CommandSpec(name: "manual", arguments: "", summary: "the manual page, for man -l"),
  ]
}
