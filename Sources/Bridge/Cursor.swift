import Credentials
import JSON
import JSONRPC

/// Where a stream goes on: which list it belongs to, and the backend's own word for the position. Opaque to clients, without a secret,
/// and good in another process.
struct Cursor {
  /// `nats_credentials` or `nats_accounts`.
  let rows: String
  let region: Region
  /// The filters and the order, by their parameter's name; absent ones left out.
  let query: [JSONMember]
  let pageSize: Int
  let position: StreamPosition

  var text: String {
    let value: JSONValue = [
      "v": 1, "rows": .string(rows), "region": .string(region.name), "query": .object(query), "size": .int(pageSize),
      "at": .string(position.text),
    ]
    return Self.hex(JSONText(value).bytes)
  }

  /// Reads a cursor for the list it is used with, whose filters and order are called `names`. What is asked for again must be the cursor's own.
  init(
    _ text: String, rows: String, names: Set<String>, region: Region, query: [JSONMember], pageSize: Int?
  ) throws(RPCError) {
    guard let bytes = Self.unhex(text), let value = JSONSlice(parsing: bytes)?.value, value["v"]?.int == 1,
      let cursorRows = value["rows"]?.string, let cursorRegion = value["region"]?.string, let cursorQuery = value["query"]?.members,
      let size = value["size"]?.int, (1...100).contains(size), let position = value["at"]?.string,
      names.isSuperset(of: cursorQuery.map(\.name))
    else { throw Self.refusal("is not one of this bridge's cursors") }
    guard cursorRows == rows else { throw Self.refusal("belongs to another method's list") }
    guard cursorRegion == region.name else { throw Self.refusal("belongs to another region; name the region it came from") }
    let usual = JSONMember("order_by", .string(ListOrder.usual.rawValue))
    for member in query where (cursorQuery + [usual]).first(where: { $0.name == member.name })?.value != member.value {
      throw Self.refusal("belongs to a list with another \(member.name)")
    }
    self.init(rows: rows, region: region, query: cursorQuery, pageSize: pageSize ?? size, position: StreamPosition(text: position))
  }

  init(rows: String, region: Region, query: [JSONMember], pageSize: Int, position: StreamPosition) {
    self.rows = rows
    self.region = region
    self.query = query
    self.pageSize = pageSize
    self.position = position
  }

  /// A filter or order out of the cursor; nil if the list had none. What cannot be read is refused: a filter that was dropped would list
  /// what nobody asked for.
  func value<Value>(_ name: String, _ read: (String) -> Value?) throws(RPCError) -> Value? {
    guard let member = query.first(where: { $0.name == name }) else { return nil }
    guard let text = member.value.string, let value = read(text) else { throw Self.refusal("is not one of this bridge's cursors") }
    return value
  }

  /// Hexadecimal: opaque enough, and every shell, URL and log takes it as it is.
  private static func hex(_ bytes: [UInt8]) -> String {
    let digits: StaticString = "0123456789abcdef"
    return String(unsafeUninitializedCapacity: 2 * bytes.count) { text in
      for (index, byte) in bytes.enumerated() {
        text[2 * index] = digits.utf8Start[Int(byte >> 4)]
        text[2 * index + 1] = digits.utf8Start[Int(byte & 15)]
      }
      return 2 * bytes.count
    }
  }

  private static func unhex(_ text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) else { return nil }
      bytes.append(byte)
    }
    return bytes
  }

  static func refusal(_ reason: String) -> RPCError {
    RPCError(ParamsProblem(fields: [FieldProblem(name: "cursor", reason: reason, expected: "a cursor from an earlier response")]))
  }
}

/// What a list was asked for, by parameter name; what was left out is left out.
func queryMembers(project: ProjectID?, account: AccountID?, order: ListOrder?) -> [JSONMember] {
  var members: [JSONMember] = []
  if let project { members.append(JSONMember("project_id", .string(project.text))) }
  if let account { members.append(JSONMember("nats_account_id", .string(account.text))) }
  if let order { members.append(JSONMember("order_by", .string(order.rawValue))) }
  return members
}
