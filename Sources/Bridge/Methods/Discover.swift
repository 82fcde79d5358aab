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
  package static let examples: [Example] = []

  package static func answer(_ params: (), in context: BridgeContext) throws(RPCError) -> JSONText {
    JSONText(OpenRPC.document(of: AllMethods.methods(in: context), version: BridgeVersion.text))
  }
}
