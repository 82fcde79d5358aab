package import JSON
package import JSONRPC

package enum Discover: ImmediateMethod {
  package typealias Context = BridgeContext
  package static let name = "rpc.discover"
  package static let summary = "The OpenRPC document of this bridge."
  package static let effect = Effect.none
  package static let params = Fields()
  package static let result: JSONValue = [
    "type": "object", "required": ["openrpc", "info", "methods"],
    "properties": ["openrpc": ["type": "string"], "info": ["type": "object"], "methods": ["type": "array", "items": ["type": "object"]]],
  ]
  package static let errors: [ErrorKind] = []
  package static let examples = [
    Example(
      "The document, shortened", params: [:],
      result: ["openrpc": "1.3.2", "info": ["title": "nats-credentials-bridge", "version": "0.1.0"], "methods": [], "x-notifications": []])
  ]

  package static func answer(in context: BridgeContext) -> JSONText {
    context.document { JSONText(AllMethods.document(of: AllMethods.methods(in: context))) }
  }
}
