package import JSON
package import JSONRPC

package enum Ping: ImmediateMethod {
  package typealias Context = BridgeContext
  package static let name = "bridge.ping"
  package static let summary = "Answers at once with an empty object."
  package static let effect = Effect.none
  package static let params = Fields()
  package static let result: JSONValue = ["type": "object"]
  package static let errors: [ErrorKind] = []
  package static let examples = [Example("A ping", params: [:], result: [:])]

  package static func answer(in context: BridgeContext) -> JSONText { .emptyObject }
}
