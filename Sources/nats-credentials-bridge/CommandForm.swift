/// One command as it stands on the command line: for `--help`, the completions and the manual.
struct CommandForm: Sendable {
  let name: String
  /// What follows the name, as texts show it.
  let arguments: String
  let summary: String

  var usage: String { arguments.isEmpty ? name : "\(name) \(arguments)" }

  /// The command of a command line that names none.
  static let implied = "serve"

  static let all = [
    CommandForm(
      name: implied, arguments: "[--resolve] [--mirror DIR]",
      summary: "reads JSON-RPC 2.0 requests, one a line, on stdin; answers on stdout; this is the default"),
    CommandForm(
      name: "call", arguments: "METHOD [key=value…] [key:=json…] [--all]", summary: "one request; the result on stdout, errors on stderr"),
    CommandForm(
      name: "doctor", arguments: "[--repair] [--forget-server NAME]",
      summary: "what is configured, what is well and what is not; exit status 0 if all is well"),
    CommandForm(name: "schemas", arguments: "[--write DIR]", summary: "JSON Schemas of all methods"),
    CommandForm(name: "openrpc", arguments: "", summary: "the OpenRPC document"),
    CommandForm(
      name: "completion", arguments: Shell.names.joined(separator: "|"), summary: "a script that completes these commands"),
    CommandForm(name: "manual", arguments: "", summary: "the manual page, for man -l"),
  ]
}
