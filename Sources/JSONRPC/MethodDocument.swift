package import JSON

extension Method {
  /// JSON Schema of the params object.
  package var paramsSchema: JSONValue {
    var members = [
      JSONMember("type", "object"),
      JSONMember("properties", .object(params.map { JSONMember($0.name, $0.schema) })),
      JSONMember("additionalProperties", false),
    ]
    let required = params.filter(\.isRequired).map { JSONValue.string($0.name) }
    if !required.isEmpty { members.append(JSONMember("required", .array(required))) }
    return .object(members)
  }

  /// All kinds it can draw, its own first.
  package var errorDocuments: [JSONValue] {
    (errors
      + ErrorKind.protocolKinds.filter { $0.code <= -32602 && $0.code > -32700 && $0 != .methodNotFound || $0.code > 0 || $0 == .cancelled })
      .map { ["code": .int($0.code), "message": .string($0.summary), "data": ["kind": .string($0.name)]] }
  }

  /// The file of this method in `schemas/`.
  package var schemaDocument: JSONValue {
    var members = [
      JSONMember("$schema", "https://json-schema.org/draft/2020-12/schema"),
      JSONMember("title", .string(name)),
      JSONMember("description", .string(summary)),
      JSONMember("type", "object"),
      JSONMember("x-effect", .string(effect.rawValue)),
    ]
    var properties = [JSONMember("params", paramsSchema), JSONMember("result", result)]
    if let part { properties.append(JSONMember("part", part)) }
    members += [
      JSONMember("properties", .object(properties)),
      JSONMember("x-errors", .array(errorDocuments)),
      JSONMember(
        "x-examples", .array(examples.map { ["name": .string($0.name), "params": $0.params, "result": $0.result] })),
    ]
    return .object(members)
  }
}
