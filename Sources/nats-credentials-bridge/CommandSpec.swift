/// One command as it stands on the command line: for `--help`, the completions and the manual.
struct CommandSpec: Sendable {
  let name: String
  /// What follows the name, as texts show it.
  var operands: [String] = []
  let summary: String

  /// The operands and the options of its own, each in one piece.
  var arguments: [String] { operands + Option.all.filter { $0.command == name }.map { "[\($0.form)]" } }

  /// The command of a command line that names none.
  static let implied = "serve"
  static let call = "call"

  static let all = [
    CommandSpec(
      name: implied,
      summary: "reads JSON-RPC 2.0 requests, one per line, on stdin; responses on stdout; this is the default"),
    CommandSpec(
      name: call, operands: ["METHOD", "[key=value…]", "[key:=json…]"],
      summary: "one request; a parameter is key=value, typed by the method, or key:=json; the result on stdout, errors on stderr"),
    CommandSpec(
      name: "doctor",
      summary: "shows and checks the configuration; exit status 0 if nothing fails that the default region needs"),
    CommandSpec(name: "schemas", summary: "JSON Schemas of all methods"),
    CommandSpec(name: "openrpc", summary: "the OpenRPC document"),
    CommandSpec(
      name: "completion", operands: [Shell.names.joined(separator: "|")], summary: "a script that completes these commands"),
    CommandSpec(name: "help", operands: ["[COMMAND|METHOD]"], summary: "the same as --help, after a command or a method"),
    CommandSpec(name: "manual", summary: "the manual page, for man -l"),
  ]
}
