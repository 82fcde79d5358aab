import Credentials
import JSON
import NATSClient

/// One row of the table of accounts, and how it goes on the wire: straight from the bytes of its columns. Valid as long as the row is.
struct AccountRow {
  /// What accounts belong to that name no project.
  static let ownProject = "00000000-0000-0000-0000-000000000000"

  private let row: Database.Row

  static let columns = "id, name, project_id, created_at, updated_at, closing_iat IS NOT NULL"

  init(_ row: Database.Row) { self.row = row }

  /// Nil if the id is none, which only a damaged store has.
  func account(at address: NATSAddress) -> Account? {
    AccountID(row.text(0)).map { Account(id: $0, name: row.text(1), json: json(at: address)) }
  }

  /// Where it stands in a list of this order.
  func position(in order: ListOrder) -> KeyPosition {
    let key: Database.Value =
      switch order {
      case .nameAscending, .nameDescending: .text(row.text(1))
      case .updatedAtAscending, .updatedAtDescending: .int(row.int(4))
      case .createdAtAscending, .createdAtDescending: .int(row.int(3))
      }
    return KeyPosition(value: key, id: row.text(0))
  }

  /// The object on the wire. The id must be known to be one.
  func json(at address: NATSAddress) -> JSONText {
    var writer = JSONWriter()
    // A usual row has 330 bytes.
    writer.reserve(512)
    writer.literal(#"{"id":""#)
    writer.content(ofString: row.utf8(0))
    writer.literal(#"","name":""#)
    writer.content(ofString: row.utf8(1))
    writer.literal(#"","endpoint":""#)
    var endpoint = address.url
    endpoint.withUTF8 { writer.content(ofString: UnsafeRawBufferPointer($0)) }
    writer.literal(#"","project_id":""#)
    writer.content(ofString: row.utf8(2))
    writer.literal(#"","region":"local","created_at":""#)
    UTCTime(microseconds: row.int(3)).withText { writer.content(ofString: $0) }
    writer.literal(#"","updated_at":""#)
    UTCTime(microseconds: row.int(4)).withText { writer.content(ofString: $0) }
    writer.literal(row.int(5) == 1 ? #"","state":"revoking"}"# : #"","state":"active"}"#)
    return JSONText(validated: writer.bytes)
  }
}
