import JSONRPC

/// What `--help` prints: examples first; and what a command's `--help` does.
enum Help {
  static let examples = [
    "nats-credentials-bridge call credentials.create name=app save_to=app.creds",
    "nats-credentials-bridge call credentials.list --all",
    "nats-credentials-bridge call credentials.delete nats_credentials_id=ID",
    #"echo '{"jsonrpc":"2.0","id":1,"method":"bridge.ping"}' | nats-credentials-bridge"#,
  ]

  static func page(_ methods: [Method]) -> String {
    """
    Examples:
    \(examples.map { "  " + $0 }.joined(separator: "\n"))

    Usage: nats-credentials-bridge [COMMAND] [OPTIONS]

    Commands:
    \(CommandSpec.all.map(lines).joined(separator: "\n"))

    \(MethodHelp.list(methods))
    Options:
    \(Option.all.map(line).joined(separator: "\n"))

    Exit status of call:
    \(statusesOfCall)

    Secrets are never taken from the command line.

    """
  }

  static func page(of command: CommandSpec) -> String {
    let own = Option.all.filter { $0.command == command.name }
    let options = own.isEmpty ? "" : "\nOptions:\n\(own.map(lineOfOwn).joined(separator: "\n"))\n"
    let statuses = command.name == CommandSpec.call ? "\nExit status:\n\(statusesOfCall)\n" : ""
    return """
      \(HelpText.usage(["Usage: nats-credentials-bridge \(command.name)"] + command.arguments + ["[OPTIONS]"], indent: 0))

      \(HelpText.paragraph(command.summary.prefix(1).uppercased() + command.summary.dropFirst() + "."))
      \(options)\(statuses)
      The options of every command are in nats-credentials-bridge --help.

      """
  }

  private static var statusesOfCall: String {
    ExitStatus.meaningsOfCall.map { HelpText.entry("\($0)", $1, indent: 2, column: 6) }.joined(separator: "\n")
  }

  private static func lines(_ form: CommandSpec) -> String {
    HelpText.usage([form.name] + form.arguments, indent: 2) + "\n" + HelpText.paragraph(form.summary, indent: 6)
  }

  private static func line(_ option: Option) -> String {
    HelpText.entry(option.form, (option.command.map { "\($0): " } ?? "") + words(of: option), indent: 2, column: 24)
  }

  private static func lineOfOwn(_ option: Option) -> String { HelpText.entry(option.form, words(of: option), indent: 2, column: 24) }

  private static func words(of option: Option) -> String { option.summary + (option.variable.map { " [\($0)]" } ?? "") }
}
