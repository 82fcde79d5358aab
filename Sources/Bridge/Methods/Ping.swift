package import JSON
package import JSONRPC

package enum Ping: ImmediateMethod {
  package typealias Context = BridgeContext
  package static let name = "bridge.ping"
  package static let summary = "Returns an empty object at once."
  package static let effect = Effect.none
  package static let params = Fields()
  package static let result: JSONValue = ["type": "object"]
  package static let errors: [ErrorKind] = []
  package static let examples = [Example("A ping", params: [:], result: [:])]

  package static func answer(in context: BridgeContext) -> JSONText { .emptyObject }
}
