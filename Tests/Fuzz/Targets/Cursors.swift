import Credentials
import JSON
import JSONRPC

@testable import Bridge

/// Cursors: what the bridge gives out it takes, as the same; what it takes and gives out again it takes again.
extension FuzzTarget {
  private static let names: Set<String> = ["project_id", "nats_account_id", "order_by"]

  static let cursors = FuzzTarget(name: "cursors") { input in
    try taken(String(decoding: input, as: UTF8.self))
    try taken(hex(input))
    try given(input)
  }

  private static func read(_ text: String) throws(RPCError) -> Cursor {
    try Cursor(text, rows: "nats_accounts", names: names, region: .local, query: [], pageSize: nil)
  }

  private static func taken(_ text: String) throws {
    do throws(RPCError) {
      let cursor = try read(text)
      guard same(cursor, try read(cursor.text)) else { throw RPCError(.internalError, "a cursor that is taken is given out as another") }
    } catch {
      try promise(error.kind == .invalidParams, error.message)
      try promise(!JSONText(error.json).text.contains(canary), "a refusal repeats what came in")
    }
  }

  /// A cursor with a place made of the input, as a backend may give it: printable ASCII, at most 4 KiB.
  private static func given(_ input: [UInt8]) throws {
    let place = String(decoding: input.prefix(4096).map { 0x20 + $0 % 0x5F }, as: UTF8.self)
    let size = Int(input.first ?? 0) % 100 + 1
    let query = queryMembers(project: ProjectID("11111111-1111-4111-8111-111111111111"), account: nil, order: .nameDescending)
    let cursor = Cursor(rows: "nats_accounts", region: .local, query: query, pageSize: size, position: StreamPosition(text: place))
    let text = JSONSlice(validated: JSONText(cursor.text).bytes, 0..<cursor.text.utf8.count + 2)
    do {
      try promise(same(cursor, try read(try Field<String>.cursor.read(text))), "a cursor is read as another")
    } catch { throw Broken(description: "a cursor that was given out is refused: \(error)") }
  }

  private static func same(_ one: Cursor, _ other: Cursor) -> Bool {
    one.rows == other.rows && one.region == other.region && one.query == other.query && one.pageSize == other.pageSize
      && one.position.text == other.position.text
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }
}
