/// What `--help` prints: examples first.
enum Help {
  static let examples = [
    "nats-credentials-bridge call credentials.create name=app save_to=app.creds",
    "nats-credentials-bridge call credentials.list --all",
    "nats-credentials-bridge call credentials.delete nats_credentials_id=ID",
    #"echo '{"jsonrpc":"2.0","id":1,"method":"bridge.ping"}' | nats-credentials-bridge"#,
  ]

  static var text: String {
    """
    Examples:
    \(examples.map { "  " + $0 }.joined(separator: "\n"))

    Usage: nats-credentials-bridge [COMMAND] [OPTIONS]

    Commands:
    \(CommandSpec.all.map(lines).joined(separator: "\n"))

    Options:
    \(Option.all.map(line).joined(separator: "\n"))

    Exit status of call:
    \(ExitStatus.meaningsOfCall.map { "  \($0)".padding(to: 6) + $1 }.joined(separator: "\n"))

    Secrets are never taken from the command line.

    """
  }

  private static func lines(_ form: CommandSpec) -> String { "  \(form.usage)\n      \(form.summary)" }

  private static func line(_ option: Option) -> String {
    let form = "  " + ([option.names.joined(separator: ", ")] + [option.value].compactMap { $0 }).joined(separator: " ")
    let owner = option.command.map { "\($0): " } ?? ""
    let variable = option.variable.map { " [\($0)]" } ?? ""
    return form.padding(to: 24) + owner + option.summary + variable
  }
}

extension String {
  fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
