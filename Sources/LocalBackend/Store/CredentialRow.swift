import Credentials
import JSON

/// One row of the table of credentials, and how it goes on the wire: straight from the bytes of its columns. Valid as long as the row is.
struct CredentialRow {
  private let row: Database.Row

  /// A closed account's rows are not written anew: there may be a million.
  static let state = """
    CASE WHEN (SELECT closing_iat FROM accounts WHERE accounts.id = credentials.account_id) IS NULL THEN state ELSE 'revoking' END
    """
  static let columns = "id, account_id, name, created_at, checksum, \(state)"

  init(_ row: Database.Row) { self.row = row }

  /// Nil if the id is none, which only a damaged store has.
  var credential: Credential? {
    CredentialID(utf8: row.utf8(0)).map { id in Credential(id: id, name: row.text(2)) { writeMembers(to: &$0) } }
  }

  /// The object on the wire. The id must be known to be one.
  var json: JSONText {
    var writer = JSONWriter()
    // A usual row has 380 bytes.
    writer.reserve(512)
    writer.beginObject()
    writeMembers(to: &writer)
    writer.literal(#","credentials":null}"#)
    return JSONText(validated: writer.bytes)
  }

  /// Where it stands in a list by name, or by time.
  func position(byName: Bool) -> KeyPosition { KeyPosition(value: byName ? .text(row.text(2)) : .int(row.int(3)), id: row.text(0)) }

  /// All members but `credentials`, which a row never has.
  private func writeMembers(to writer: inout JSONWriter) {
    writer.literal(#""id":""#)
    writer.content(ofString: row.utf8(0))
    writer.literal(#"","name":""#)
    writer.content(ofString: row.utf8(2))
    writer.literal(#"","nats_account_id":""#)
    writer.content(ofString: row.utf8(1))
    writer.literal(#"","region":"local","created_at":""#)
    UTCTime(microseconds: row.int(3)).withText { time in
      writer.content(ofString: time)
      // A credential never changes.
      writer.literal(#"","updated_at":""#)
      writer.content(ofString: time)
    }
    writer.literal(#"","checksum":""#)
    writer.content(ofString: row.utf8(4))
    writer.literal(#"","state":""#)
    writer.content(ofString: row.utf8(5))
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
