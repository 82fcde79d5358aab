import Credentials
import JSON
import NATSClient

/// One row of the table of accounts, and how it goes on the wire: straight from the bytes of its columns. Valid as long as the row is.
struct AccountRow {
  /// What accounts belong to that name no project.
  static let ownProject = "00000000-0000-0000-0000-000000000000"

  static let columns = "id, name, project_id, created_at, updated_at, closing_iat IS NOT NULL"

  let id: UnsafeRawBufferPointer
  let name: UnsafeRawBufferPointer
  let createdAt: Int64
  let updatedAt: Int64
  private let project: UnsafeRawBufferPointer
  private let isClosing: Bool

  init(_ row: Database.Row) {
    (id, name, project) = (row.utf8(0), row.utf8(1), row.utf8(2))
    (createdAt, updatedAt, isClosing) = (row.int(3), row.int(4), row.int(5) == 1)
  }

  private var accountID: AccountID? { AccountID(String(decoding: id, as: UTF8.self)) }

  /// Nil if the id is none, which only a damaged store has.
  func account(at address: NATSAddress) -> Account? {
    accountID.map { Account(id: $0, name: String(decoding: name, as: UTF8.self), json: json(at: address)) }
  }

  /// Nothing if the id is none.
  func append(to rows: inout RowsText, at address: NATSAddress) {
    if accountID != nil { rows.append(json(at: address)) }
  }

  /// The object on the wire. The id must be known to be one.
  func json(at address: NATSAddress) -> JSONText {
    var writer = JSONWriter()
    // A usual row has 330 bytes.
    writer.reserve(512)
    writer.literal(#"{"id":""#)
    writer.content(ofString: id)
    writer.literal(#"","name":""#)
    writer.content(ofString: name)
    writer.literal(#"","endpoint":""#)
    var endpoint = address.url
    endpoint.withUTF8 { writer.content(ofString: UnsafeRawBufferPointer($0)) }
    writer.literal(#"","project_id":""#)
    writer.content(ofString: project)
    writer.literal(#"","region":"local","created_at":""#)
    UTCTime(microseconds: createdAt).withText { writer.content(ofString: $0) }
    writer.literal(#"","updated_at":""#)
    UTCTime(microseconds: updatedAt).withText { writer.content(ofString: $0) }
    writer.literal(isClosing ? #"","state":"revoking"}"# : #"","state":"active"}"#)
    return JSONText(validated: writer.bytes)
  }
}
