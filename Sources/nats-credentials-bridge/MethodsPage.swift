import Bridge
import JSON
import JSONRPC

/// The page of tables in `schemas/README.md`; the README's table of methods is its first.
enum MethodsPage {
  static func text(_ methods: [Method]) -> String {
    """
    # The methods and errors of nats-credentials-bridge

    Written by `nats-credentials-bridge schemas --write schemas`; do not edit. Each method has a file here: `properties.params`,
    `properties.result`, and for a stream `properties.part`, the `value` of its `$/progress` notifications. `openrpc.json` says the same as
    one OpenRPC document, which `rpc.discover` returns, too.

    \(table(methods))

    Every method but `bridge.*` and `rpc.*` also takes `region` and `timeout_ms`.

    | code | kind | retryable | meaning |
    | --- | --- | --- | --- |
    \(ErrorKind.all.map(row).joined(separator: "\n"))

    """
  }

  static func table(_ methods: [Method]) -> String {
    let rows = methods.map { method in
      let own = method.params.filter { $0.name != "region" && $0.name != "timeout_ms" }
      let params = own.map { "`\($0.name)`" + ($0.isRequired ? "" : "?") }.joined(separator: ", ")
      return "| `\(method.name)` | \(params.isEmpty ? "–" : params) | \(method.summary) |"
    }
    return (["| method | params | what it does |", "| --- | --- | --- |"] + rows).joined(separator: "\n")
  }

  private static func row(_ kind: ErrorKind) -> String {
    let retry =
      switch kind.retry {
      case .never: "no"
      case .always: "yes"
      case .ifNothingHappened: "if `outcome` is `none`"
      }
    return "| \(kind.code) | `\(kind.name)` | \(retry) | \(kind.summary) |"
  }
}
