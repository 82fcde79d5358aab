import Credentials
import JSON

/// One row of the table of credentials, and how it goes on the wire.
struct CredentialRow {
  let id: String
  let account: String
  let name: String
  let createdAt: Int64
  let checksum: String
  let state: String

  /// A closed account's rows are not written anew: there may be a million.
  static let state = """
    CASE WHEN (SELECT closing_iat FROM accounts WHERE accounts.id = credentials.account_id) IS NULL THEN state ELSE 'revoking' END
    """
  static let columns = "id, account_id, name, created_at, checksum, \(state)"

  init(id: String, account: String, name: String, createdAt: Int64, checksum: String, state: String) {
    self.id = id
    self.account = account
    self.name = name
    self.createdAt = createdAt
    self.checksum = checksum
    self.state = state
  }

  init(_ row: Database.Row) {
    self.init(
      id: row.text(0), account: row.text(1), name: row.text(2), createdAt: row.int(3), checksum: row.text(4), state: row.text(5))
  }

  /// Nil if the id is none, which only a damaged store has.
  var credential: Credential? {
    CredentialID(id).map { id in Credential(id: id, name: name) { write(to: &$0) } }
  }

  func write(to writer: inout JSONWriter) {
    let time = UTCTime(microseconds: createdAt).text
    writer.member("id", id)
    writer.member("name", name)
    writer.member("nats_account_id", account)
    writer.member("region", Region.local.name)
    writer.member("created_at", time)
    // A credential never changes.
    writer.member("updated_at", time)
    writer.member("checksum", checksum)
    writer.member("state", state)
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
