import Credentials
import JSON

/// One row of the table of credentials, and how it goes on the wire: straight from the bytes of its columns. Valid as long as the row is.
struct CredentialRow {
  /// A closed account's rows are not written anew: there may be a million.
  static let state = """
    CASE WHEN (SELECT closing_iat FROM accounts WHERE accounts.id = credentials.account_id) IS NULL THEN state ELSE 'revoking' END
    """
  static let columns = "id, account_id, name, created_at, checksum, \(state)"
  /// In a list the account is looked up once for many rows.
  static let listedColumns = "id, account_id, name, created_at, checksum, state"
  /// Of the number, in a list by it, behind the others.
  static let numberColumn: Int32 = 6
  let id: UnsafeRawBufferPointer
  let account: UnsafeRawBufferPointer
  let name: UnsafeRawBufferPointer
  let createdAt: Int64
  private let checksum: UnsafeRawBufferPointer
  private let isActive: Bool

  /// Each column once: to ask for one takes as long as to write it.
  init(_ row: Database.Row) {
    (id, account, name) = (row.utf8(0), row.utf8(1), row.utf8(2))
    createdAt = row.int(3)
    checksum = row.utf8(4)
    // Of the two that there are: to compare or check them takes as long as a column.
    isActive = row.utf8(5).count == "active".utf8.count
  }

  /// Nil if the id is none, which only a damaged store has.
  var credential: Credential? {
    CredentialID(utf8: id).map { id in
      Credential(id: id, name: String(decoding: name, as: UTF8.self)) { writeMembers(to: &$0, isActive) }
    }
  }

  /// The object on the wire. The id must be known to be one.
  var json: JSONText { withJSON(isActive) { JSONText(validated: Array($0)) } }

  /// Nothing if the id is none.
  func append(to rows: inout RowsText, accountIsClosing: Bool) {
    if id.count == 36 { withJSON(isActive && !accountIsClosing) { rows.append($0) } }
  }

  private static func state(_ isActive: Bool) -> StaticString { isActive ? "active" : "revoking" }

  private func withJSON<Result>(_ isActive: Bool, _ use: (UnsafeRawBufferPointer) -> Result) -> Result {
    let byteCount = Self.constantBytes + id.count + name.count + account.count + checksum.count
    let isPlain = isPlainJSONText(id) && isPlainJSONText(name) && isPlainJSONText(account) && isPlainJSONText(checksum)
    guard isPlain, byteCount <= 1024 else {
      var writer = JSONWriter()
      writer.beginObject()
      writeMembers(to: &writer, isActive)
      writer.literal(#","credentials":null}"#)
      return writer.bytes.withUnsafeBytes(use)
    }
    return withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 1) { memory in
      guard let start = memory.baseAddress else { preconditionFailure("a row of no bytes") }
      return use(plainJSON(isActive, in: start))
    }
  }

  /// All that `plainJSON` puts around the columns: the names, two times and the state.
  private static let constantBytes = 256

  /// The same where nothing is to be escaped, in a quarter of the writer's time.
  private func plainJSON(_ isActive: Bool, in memory: UnsafeMutableRawPointer) -> UnsafeRawBufferPointer {
    var text = PlainText(in: memory)
    text.put(#"{"id":""#)
    text.put(id)
    text.put(#"","name":""#)
    text.put(name)
    text.put(#"","nats_account_id":""#)
    text.put(account)
    text.put(#"","region":"local","created_at":""#)
    let time = text.bytes.count
    text.put(UTCTime(microseconds: createdAt))
    text.put(#"","updated_at":""#)
    text.put(UnsafeRawBufferPointer(rebasing: text.bytes[time..<time + UTCTime.textBytes]))
    text.put(#"","checksum":""#)
    text.put(checksum)
    text.put(#"","state":""#)
    text.put(Self.state(isActive))
    text.put(#"","credentials":null}"#)
    return text.bytes
  }

  /// All members but `credentials`, which a row never has.
  private func writeMembers(to writer: inout JSONWriter, _ isActive: Bool) {
    writer.literal(#""id":""#)
    writer.content(ofString: id)
    writer.literal(#"","name":""#)
    writer.content(ofString: name)
    writer.literal(#"","nats_account_id":""#)
    writer.content(ofString: account)
    writer.literal(#"","region":"local","created_at":""#)
    UTCTime(microseconds: createdAt).withText { time in
      writer.content(ofString: time)
      // A credential never changes.
      writer.literal(#"","updated_at":""#)
      writer.content(ofString: time)
    }
    writer.literal(#"","checksum":""#)
    writer.content(ofString: checksum)
    writer.literal(#"","state":""#)
    writer.literal(Self.state(isActive))
    writer.literal(#"""#)
  }

  /// A name for the file: the credential's own, with everything that could mean something to a shell or a folder made a dash.
  static func fileName(for name: String) -> String {
    let safe = name.unicodeScalars.prefix(64).map { scalar -> Character in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "_", "-": Character(scalar)
      case ".": "."
      default: "-"
      }
    }
    let text = String(safe)
    return (text.hasPrefix(".") ? "-" + text.dropFirst() : text) + ".creds"
  }
}
