package import JSON

/// The OpenRPC 1.3 document of a method table.
package enum OpenRPC {
  /// `title` and `description` say what program answers these methods.
  package static func document(of methods: [Method], title: String, version: String, description: String) -> JSONValue {
    [
      "openrpc": "1.3.2",
      "info": ["title": .string(title), "version": .string(version), "description": .string(description)],
      "methods": .array(methods.map(describe)),
      "x-notifications": [
        [
          "name": "$/cancelRequest", "from": "client", "summary": "Cancels a request; it still gets a response.",
          "params": [
            "type": "object", "required": ["id"],
            "properties": ["id": ["type": ["string", "number"], "description": "The id of the request."]],
          ],
        ],
        [
          "name": "$/progress", "from": "server", "summary": "A part of a stream; token is the id of its request.",
          "params": [
            "type": "object", "required": ["token", "value"],
            "properties": [
              "token": ["type": ["string", "number"]],
              "value": ["anyOf": .array(methods.compactMap(\.part))],
            ],
          ],
        ],
      ],
    ]
  }

  private static func describe(_ method: Method) -> JSONValue {
    var members = [
      JSONMember("name", .string(method.name)),
      JSONMember("summary", .string(method.summary)),
      JSONMember("paramStructure", "by-name"),
      JSONMember(
        "params",
        .array(method.params.map { ["name": .string($0.name), "required": .bool($0.isRequired), "schema": $0.schema] })),
      JSONMember("result", ["name": "result", "schema": method.result]),
      JSONMember("errors", .array(method.errorDocuments)),
    ]
    if !method.examples.isEmpty { members.append(JSONMember("examples", .array(method.examples.map(pairing)))) }
    return .object(members)
  }

  private static func pairing(_ example: Example) -> JSONValue {
    let params = (example.params.members ?? []).map { member -> JSONValue in
      ["name": .string(member.name), "value": member.value]
    }
    return [
      "name": .string(example.name), "params": .array(params), "result": ["name": "result", "value": example.result],
    ]
  }
}
