import JSON
import JSONRPC

/// The one request of `call METHOD key=value… [key:=json…]`, typed by the method's schema.
struct CallRequest {
  /// As it was typed; with `--all` another method is sent.
  let name: String
  let method: Method
  let line: [UInt8]

  /// `input` are the params that came on stdin; those of the command line join them. What cannot be called is refused before anything is sent.
  init(_ name: String, _ arguments: [String], _ options: CallOptions, input: JSONSlice?, _ table: MethodTable) throws(RPCError) {
    guard var method = table.find(name) else { throw Self.unknown(name, table) }
    if options.all {
      // The stream of the same rows: constant memory, whatever their number.
      let stream = name.hasSuffix(".list") ? String(name.dropLast("list".count)) + "stream" : name
      guard let found = table.find(stream), found.isStream else { throw Self.refusal("--all is for methods that list") }
      method = found
    }
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("jsonrpc", "2.0")
    writer.member("id", 1)
    writer.member("method", method.name)
    writer.name("params")
    writer.beginObject()
    var given: Set<String> = []
    for (name, value) in input?.members ?? [] {
      given.insert(name)
      Self.write(name, value, to: &writer)
    }
    for argument in arguments { given.insert(try Self.write(argument, of: method, to: &writer)) }
    writer.endObject()
    writer.endObject()
    line = writer.bytes + [0x0A]
    (self.name, self.method) = (name, method)
    try check(options, given)
  }

  static func unknown(_ name: String, _ table: MethodTable) -> RPCError {
    let nearest = nearestName(to: name, among: table.methods.map(\.name))
    let hint = nearest.map { "did you mean \($0)?" } ?? "call --help lists them"
    return RPCError(.methodNotFound, "there is no such method; \(hint)")
  }

  static func refusal(_ message: String) -> RPCError {
    RPCError(.invalidParams, message, details: [JSONMember("fields", []), JSONMember("source", "bridge")])
  }

  /// What is printed must be there. Of a change it is asked before: afterwards it would be too late.
  private func check(_ options: CallOptions, _ given: Set<String>) throws(RPCError) {
    if options.output == .table, list == nil { throw Self.refusal("--output table is for methods that list") }
    guard let field = options.field else { return }
    if options.output != nil { throw Self.refusal("--field prints one member alone; --output does not go with it") }
    guard method.effect == .mutation else { return }
    do throws(FieldPath.Missing) { try field.check(in: method.result) } catch { throw Self.refusal(error.message) }
    guard let secret = Self.secret(in: method.result) else { return }
    if given.isDisjoint(with: ["save_to", "nats_context"]) {
      guard !field.covers(secret) else { return }
      let path = secret.joined(separator: ".")
      throw Self.refusal("the secret would be lost: give save_to or nats_context, or take --field \(path)")
    } else if field.names.count > 1, field.names[0] == secret[0] {
      throw Self.refusal("the secret goes to the file, and \(secret[0]) is null; --field saved.path is where the file is")
    }
  }

  /// The member of its result, or of each part of it, that lists what has an id; nil if none does.
  var list: String? {
    guard let (name, row) = SchemaWords.rows(of: method.part ?? method.result), row["properties"]?["id"] != nil else { return nil }
    return name
  }

  /// The way to what a schema marks as secret.
  private static func secret(in schema: JSONValue) -> [String]? {
    if schema["x-secret"] == .bool(true) { return [] }
    for member in schema["properties"]?.members ?? [] {
      if let rest = secret(in: member.value) { return [member.name] + rest }
    }
    return nil
  }

  /// Returns the parameter's name.
  private static func write(_ argument: String, of method: Method, to writer: inout JSONWriter) throws(RPCError) -> String {
    let bytes = Array(argument.utf8)
    guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")), equals > 0 else {
      throw refusal("parameters are key=value or key:=json")
    }
    let isJSON = bytes[equals - 1] == UInt8(ascii: ":")
    let key = String(decoding: bytes[..<(isJSON ? equals - 1 : equals)], as: UTF8.self)
    let value = Array(bytes[(equals + 1)...])
    if isJSON {
      guard let slice = JSONSlice(parsing: value) else { throw refusal("what follows := is not JSON") }
      write(key, slice, to: &writer)
    } else if let raw = raw(value, for: method.params.first { $0.name == key }?.schema) {
      writer.member(key, raw)
    } else {
      writer.member(key, String(decoding: value, as: UTF8.self))
    }
    return key
  }

  /// Without the line feeds that may stand between: the request is one line.
  private static func write(_ name: String, _ value: JSONSlice, to writer: inout JSONWriter) {
    writer.member(name, JSONText(validated: value.withBytes { wireBytes(ofValid: $0) }))
  }

  /// The value as it stands where the schema wants a number or true or false; the gate judges it.
  private static func raw(_ value: [UInt8], for schema: JSONValue?) -> JSONText? {
    guard let type = schema?["type"]?.string, type == "integer" || type == "boolean", let slice = JSONSlice(parsing: value) else {
      return nil
    }
    return slice.kind == .number || slice.kind == .boolean ? JSONText(validated: slice.withBytes { Array($0) }) : nil
  }
}
