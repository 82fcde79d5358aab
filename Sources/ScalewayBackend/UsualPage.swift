import Credentials
import JSON

extension UsualRows {
  /// The credential that is all of a response, if it is the one that was asked for and written as usual; nil leaves it to `RowReader`.
  static func credential(_ asked: CredentialID, in body: [UInt8], _ region: Region) -> Credential? {
    body.withUnsafeBytes { bytes in
      var text = UsualRows(bytes, region)
      guard let found = text.credential(), text.takeEnd(), found.row.id == asked else { return nil }
      return found.row
    }
  }
}

extension Listing {
  /// The rows of a page that is written as usual, down to its last row, and nothing else; nil leaves it to `rows(in:size:_:)`. It reads the
  /// response as it came, which is known to be JSON by having been read to its end.
  func usualRows(in body: [UInt8], size: Int, _ region: Region) -> (rows: [ListedRow<Row>], total: Int)? {
    guard let usual else { return nil }
    return body.withUnsafeBytes { bytes in
      var text = UsualRows(bytes, region, account: filter.account)
      var rows: [ListedRow<Row>] = []
      var total: Int?
      var isRead = false
      guard text.take("{") else { return nil }
      repeat {
        guard text.take("\"") else { return nil }
        if total == nil, text.take(#"total_count":"#) {
          guard let count = text.takeCount() else { return nil }
          total = count
        } else if !isRead, text.take(member), text.take(#"":["#) {
          isRead = true
          if text.take("]") { continue }
          rows.reserveCapacity(size)
          repeat {
            guard rows.count < size, let row = usual(&text) else { return nil }
            rows.append(row)
          } while text.take(",")
          guard text.take("]") else { return nil }
        } else {
          return nil
        }
      } while text.take(",")
      guard text.take("}"), text.takeEnd(), isRead, let total else { return nil }
      return (rows, total)
    }
  }
}
