import Bridge
import JSON
import JSONRPC

/// The manual page that `manual` prints, in mdoc. What it lists is declared where it works: commands, options, methods, errors.
enum Manual {
  static func page(_ methods: [Method]) -> String {
    #"""
    .\" Printed by: \#(Completion.program) manual
    .Dd \#(BridgeVersion.date)
    .Dt NATS-CREDENTIALS-BRIDGE 1
    .Os
    .Sh NAME
    .Nm \#(Completion.program)
    .Nd create, list and delete NATS credentials over JSON-RPC
    .Sh SYNOPSIS
    .Nm
    .Op Ar command
    .Op Ar options
    .Sh DESCRIPTION
    .Nm
    is a long-lived process that reads JSON-RPC 2.0 requests on stdin, one per line,
    and writes the responses to stdout.
    The region
    .Cm local
    is an embedded backend: it signs NATS credentials that a nats-server accepts,
    and pushes every deletion to that server.
    The regions
    \#(Option.regions.dropFirst().map { ".Cm \($0)" }.joined(separator: "\nand\n"))
    are Scaleway's Messaging and Queuing service.
    .Pp
    The commands are:
    .Bl -tag -width Ds
    \#(CommandSpec.all.map(item).joined(separator: "\n"))
    .El
    .Pp
    The options are:
    .Bl -tag -width Ds
    \#(Option.all.map(item).joined(separator: "\n"))
    .El
    .Pp
    An option takes precedence over a variable.
    No option takes a secret.
    .Sh METHODS
    With
    .Cm call ,
    a parameter is written
    .Ar key Ns = Ns Ar value ,
    or
    .Ar key Ns := Ns Ar json .
    Every method but those of
    .Cm bridge
    and
    .Cm rpc
    also takes
    .Cm region
    and
    .Cm timeout_ms .
    .Bl -tag -width Ds
    \#(methods.map(item).joined(separator: "\n"))
    .El
    .Sh ENVIRONMENT
    .Bl -tag -width Ds
    \#(variables.map { ".It Ev \($0)\n\(Mdoc.text($1))" }.joined(separator: "\n"))
    .El
    .Sh FILES
    .Bl -tag -width Ds
    .It Pa ~/.local/state/nats\-credentials\-bridge
    The state folder of the embedded backend.
    It holds the signing keys and is private to its owner (0700).
    .It Pa ~/.local/state/nats\-credentials\-bridge/nats\-server.conf
    The configuration for nats-server, written by the bridge.
    .It Pa ~/.config/scw/config.yaml
    The configuration of Scaleway's tools.
    .El
    .Sh EXIT STATUS
    Serving ends with
    .Bl -tag -width Ds -compact
    \#(ExitStatus.meaningsOfServe.map { ".It \($0)\n\(sentence($1))" }.joined(separator: "\n"))
    .El
    .Pp
    .Cm call
    ends with
    .Bl -tag -width Ds -compact
    \#(ExitStatus.meaningsOfCall.map { ".It \($0)\n\(sentence($1))" }.joined(separator: "\n"))
    .El
    .Pp
    The other commands end with 0,
    and with 1 if they could not do what they are for,
    .Cm doctor
    also if a check fails;
    with 64 for a wrong command line, and with 74 if stdout cannot be written.
    A second signal ends each at once, with 128 and its number.
    .Sh EXAMPLES
    .Bd -literal
    \#(Help.examples.map(Mdoc.escaped).joined(separator: "\n"))
    .Ed
    .Sh ERROR KINDS
    The member
    .Cm data.kind
    of an error is one of these words, and
    .Cm data.outcome
    says what happened:
    .Cm none ,
    .Cm done
    or
    .Cm unknown .
    .Bl -tag -width Ds
    \#(ErrorKind.all.map { ".It \(Mdoc.escaped("\($0.code)")) Cm \($0.name)\n\(Mdoc.text($0.summary))" }.joined(separator: "\n"))
    .El
    .Sh SEE ALSO
    .Lk https://www.jsonrpc.org/specification "JSON-RPC 2.0"
    .Pp
    .Lk https://docs.nats.io "NATS"

    """#
  }

  private static func item(_ form: CommandSpec) -> String {
    // What stands last would be taken for punctuation.
    let arguments = form.arguments.isEmpty ? "" : " " + Mdoc.escaped(form.arguments.joined(separator: " ")) + "\\&"
    return ".It Cm \(form.name)\(arguments)\n\(sentence(form.summary))"
  }

  private static func item(_ option: Option) -> String {
    let names = option.names.map { "Fl \(Mdoc.escaped(String($0.dropFirst())))" }.joined(separator: " , ")
    let value = option.value.map { " Ar \($0)" } ?? ""
    let owner = option.command.map { "With \($0): " } ?? ""
    return ".It \(names)\(value)\n\(sentence(owner + option.summary))"
  }

  private static func item(_ method: Method) -> String {
    let own = method.params.filter { !["region", "timeout_ms"].contains($0.name) }
    let params = own.map { param in
      ".It Ar \(param.name)\n\(Mdoc.text(param.schema["description"]?.string ?? ""))\n\(sentence("value: \(SchemaWords.form(of: param))"))"
    }
    let list = params.isEmpty ? "" : "\n.Bl -tag -width Ds -compact\n\(params.joined(separator: "\n"))\n.El"
    return ".It Cm \(method.name)\n\(Mdoc.text(method.summary))\(list)"
  }

  private static func sentence(_ summary: String) -> String { Mdoc.text(summary.prefix(1).uppercased() + summary.dropFirst() + ".") }

  private static var variables: [(String, String)] {
    Option.all.compactMap { option in option.variable.map { ($0, "The same as \(option.names[0]).") } } + [
      ("HOME", "The home folder. A relative one counts as not set, and so do relative folders of the next two."),
      ("XDG_STATE_HOME", "Where the state folder lies, instead of ~/.local/state."),
      ("XDG_CONFIG_HOME", "Where the configurations of Scaleway's tools and of nats lie, instead of ~/.config."),
      ("SCW_SECRET_KEY", "The key to Scaleway's API. It is taken out of the process's environment at the start."),
      ("SCW_ACCESS_KEY", "Read as Scaleway's tools do; never sent."),
      ("SCW_DEFAULT_PROJECT_ID", "The project of accounts.create without project_id."),
      ("SCW_CONFIG_PATH", "The configuration file of Scaleway's tools."),
      ("SCW_API_URL", "Another address of Scaleway's API."),
      ("SCW_INSECURE", "Certificates of Scaleway's API are not checked."),
      ("SCW_USER_AGENT", "Sent instead of the bridge's own name."),
      ("HTTPS_PROXY , ALL_PROXY , NO_PROXY", "Proxies to Scaleway's API."),
      ("NO_COLOR", "If it is not empty, nothing is coloured."),
      ("TERM", "With dumb, or without it, nothing is coloured and no progress is shown."),
      ("COLUMNS", "How wide a table may be, instead of as wide as the terminal."),
    ]
  }
}
