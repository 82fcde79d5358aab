import Credentials
import JSON

@testable import ScalewayBackend

/// A page or a row that is read as usual is what the general way makes of it, byte for byte, and nothing that the general way refuses.
extension FuzzTarget {
  /// The first byte chooses the filter and the size of the page; the rest is the body.
  static let rows = FuzzTarget(name: "rows") { input in
    guard let choice = input.first, let region = Region("fr-par") else { return }
    let body = Array(input.dropFirst())
    let account = choice & 1 == 0 ? nil : AccountID("AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C")
    let project = choice & 2 == 0 ? nil : ProjectID("22222222-2222-4222-8222-222222222222")
    let listing = Listing(CredentialsQuery(projectID: project, accountID: account))
    let size = Int(choice >> 2) + 1
    if let usual = listing.usualRows(in: body, size: size, region) {
      guard let general = general(listing, body, size, region) else { throw Broken(description: "a page is read that is refused") }
      try promise(usual.total == general.total && usual.rows.count == general.rows.count, "a page has other rows")
      for (one, other) in zip(usual.rows, general.rows) { try isTheSame(one, other) }
    }
    guard let id = CredentialID("11111111-1111-4111-8111-111111111111"), let usual = UsualRows.credential(id, in: body, region) else {
      return
    }
    guard let general = general(id, body, region) else { throw Broken(description: "a row is read that is refused") }
    try isTheSame(usual, general)
  }

  private static func general(_ id: CredentialID, _ body: [UInt8], _ region: Region) -> Credential? {
    guard let slice = JSONSlice(parsing: body) else { return nil }
    do throws(ResponseProblem) { return try RowReader(slice, region).credential(id) } catch { return nil }
  }

  private static func general(
    _ listing: Listing<Credential>, _ body: [UInt8], _ size: Int, _ region: Region
  ) -> (rows: [ListedRow<Credential>], total: Int)? {
    var listing = listing
    listing.usual = nil
    guard let slice = JSONSlice(parsing: body) else { return nil }
    do throws(ResponseProblem) { return try listing.rows(in: slice, size: size, region) } catch { return nil }
  }

  private static func isTheSame(_ one: ListedRow<Credential>, _ other: ListedRow<Credential>) throws(Broken) {
    try promise(one.id == other.id && one.createdAt == other.createdAt, "a row has another id or time")
    try isTheSame(one.row, other.row)
  }

  private static func isTheSame(_ one: Credential, _ other: Credential) throws(Broken) {
    try promise(one.json == other.json, "a row goes out as another")
    try promise(one.id == other.id && one.name == other.name, "a row has another id or name")
    let secret = JSONText("secret")
    try promise(one.json(credentials: secret) == other.json(credentials: secret), "the secret goes elsewhere")
  }
}
