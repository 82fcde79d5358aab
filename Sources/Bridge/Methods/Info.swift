package import JSON
package import JSONRPC

package enum Info: UnscopedMethod {
  package typealias Context = BridgeContext
  package static let name = "bridge.info"
  package static let summary = "Versions, limits, backends, and where each setting came from. Never the value of a setting."
  package static let effect = Effect.none
  package struct Params: FieldList {
    let wanted = Field<String>(
      "protocol", "The major version of this protocol that the client supports.", schema: ["type": "string", "pattern": "^[0-9]{1,9}$"],
      expected: "a number as a string, such as \"1\""
    ) { slice in
      slice.string.flatMap { text in (1...9).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? text : nil }
    }.optional
  }
  package static let params = Fields(Params())
  package static let result: JSONValue = [
    "type": "object",
    "required": [
      "name", "version", "protocol", "limits", "backends", "settings", "pending_pushes", "unknown_since", "clock_difference_ms", "warnings",
    ],
    "properties": [
      "name": ["type": "string"], "version": ["type": "string"], "protocol": ["type": "string"],
      "limits": ["type": "object", "additionalProperties": ["type": "integer"]],
      "backends": [
        "type": "array",
        "items": ["type": "object", "required": ["region"], "properties": ["region": ["type": "string"], "kind": ["type": "string"]]],
      ],
      "pending_pushes": [
        "type": ["integer", "null"],
        "description": "Accounts on local whose claims are not acknowledged by every nats-server; null if the store cannot be read.",
      ],
      "unknown_since": [
        "type": ["string", "null"],
        "description":
          "On local: an older copy of the store was restored, and credentials created since this time work but are not listed; credentials.revoke ends them. Otherwise null.",
      ],
      "clock_difference_ms": [
        "type": ["integer", "null"],
        "description":
          "On local: how far the nats-server's clock was ahead of this machine's at the last contact; null if there was none.",
      ],
      "warnings": ["type": "array", "items": ["type": "string"], "description": "Conditions that need an operator's attention."],
      "settings": [
        "type": "array", "description": "Where each setting came from.",
        "items": [
          "type": "object", "required": ["name", "source"], "properties": ["name": ["type": "string"], "source": ["type": "string"]],
        ],
      ],
    ],
  ]
  package static let errors: [ErrorKind] = [.unsupportedProtocol]
  package static let examples = [
    Example(
      "What is this?", params: ["protocol": "1"],
      result: [
        "name": "nats-credentials-bridge", "version": "0.1.0", "protocol": "1", "limits": ["depth": 128],
        "backends": [["region": "local", "kind": "embedded"]], "settings": [["name": "state", "source": "default"]],
        "pending_pushes": 0, "unknown_since": nil, "clock_difference_ms": nil, "warnings": [],
      ])
  ]

  /// The one major version this bridge speaks.
  package static let protocolVersion = "1"

  package static func call(_ params: ParamValues<Params>, in context: BridgeContext) async throws(RPCError) -> JSONText {
    if let wanted = params.wanted, Int(wanted) != Int(protocolVersion) {
      throw RPCError(
        .unsupportedProtocol, "this bridge supports protocol \(protocolVersion)",
        details: [JSONMember("supported", [.string(protocolVersion)])])
    }
    return JSONText(
      .object(
        [JSONMember("name", "nats-credentials-bridge")] + (await context.info()) + [
          JSONMember("protocol", .string(protocolVersion)), JSONMember("limits", Limits.json),
        ]))
  }
}
