import JSON
import JSONRPC

/// The one request of `call METHOD key=value… [key:=json] [--all]`, typed by the method's schema.
struct CallRequest {
  let line: [UInt8]

  init(_ name: String, _ arguments: [String], all: Bool, _ table: MethodTable) throws(Options.Problem) {
    guard var method = table.find(name) else { throw Self.unknown(name, table) }
    if all {
      // The stream of the same rows: constant memory, whatever their number.
      let stream = name.hasSuffix(".list") ? String(name.dropLast("list".count)) + "stream" : name
      guard let found = table.find(stream), found.isStream else { throw Options.Problem(message: "--all is for methods that list") }
      method = found
    }
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("jsonrpc", "2.0")
    writer.member("id", 1)
    writer.member("method", method.name)
    writer.name("params")
    writer.beginObject()
    for argument in arguments { try Self.write(argument, of: method, to: &writer) }
    writer.endObject()
    writer.endObject()
    line = writer.bytes + [0x0A]
  }

  static func unknown(_ name: String, _ table: MethodTable) -> Options.Problem {
    let nearest = nearestName(to: name, among: table.methods.map(\.name))
    let hint = nearest.map { "did you mean \($0)?" } ?? "call --help lists them"
    return Options.Problem(message: "there is no such method; \(hint)", isCallUsage: true)
  }

  private static func write(_ argument: String, of method: Method, to writer: inout JSONWriter) throws(Options.Problem) {
    let bytes = Array(argument.utf8)
    guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")), equals > 0 else {
      throw Options.Problem(message: "parameters are key=value or key:=json")
    }
    let isJSON = bytes[equals - 1] == UInt8(ascii: ":")
    let key = String(decoding: bytes[..<(isJSON ? equals - 1 : equals)], as: UTF8.self)
    let value = Array(bytes[(equals + 1)...])
    writer.name(key)
    if isJSON {
      guard JSONSlice(parsing: value) != nil else { throw Options.Problem(message: "what follows := is not JSON") }
      // Its bytes may not be ASCII; the line is read by the session, which takes UTF-8.
      writer.text(JSONText(validated: value))
    } else if let raw = raw(value, for: method.params.first { $0.name == key }?.schema) {
      writer.text(raw)
    } else {
      writer.string(String(decoding: value, as: UTF8.self))
    }
  }

  /// The value as it stands where the schema wants a number or true or false; the gate judges it.
  private static func raw(_ value: [UInt8], for schema: JSONValue?) -> JSONText? {
    guard let type = schema?["type"]?.string, type == "integer" || type == "boolean", let slice = JSONSlice(parsing: value) else {
      return nil
    }
    return slice.kind == .number || slice.kind == .boolean ? JSONText(validated: value) : nil
  }
}
