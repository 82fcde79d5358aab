import Credentials
import JSON
import NATSClient

/// One row of the table of accounts, and how it goes on the wire.
struct AccountRow {
  /// What accounts belong to that name no project.
  static let ownProject = "00000000-0000-0000-0000-000000000000"

  let id: String
  let name: String
  let project: String
  let createdAt: Int64
  let updatedAt: Int64
  let isClosing: Bool

  static let columns = "id, name, project_id, created_at, updated_at, closing_iat IS NOT NULL"

  init(_ row: Database.Row) {
    (id, name, project, createdAt, updatedAt) = (row.text(0), row.text(1), row.text(2), row.int(3), row.int(4))
    isClosing = row.int(5) == 1
  }

  /// Nil if the id is none, which only a damaged store has.
  func account(at address: NATSAddress) -> Account? {
    guard let accountID = AccountID(id) else { return nil }
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("id", id)
    writer.member("name", name)
    writer.member("endpoint", address.url)
    writer.member("project_id", project)
    writer.member("region", Region.local.name)
    writer.member("created_at", UTCTime(microseconds: createdAt).text)
    writer.member("updated_at", UTCTime(microseconds: updatedAt).text)
    writer.member("state", isClosing ? "revoking" : "active")
    writer.endObject()
    return Account(id: accountID, name: name, json: JSONText(validated: writer.bytes))
  }
}
