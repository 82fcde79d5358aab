import Credentials
import JSON
import Testing

@testable import ScalewayBackend

/// A credential that is read as usual is, byte for byte, the one that `RowReader` makes of it; whatever else may stand in its place is left
/// to `RowReader`.
@Suite struct UsualRowsTests {
  private static let id = "11111111-1111-4111-8111-111111111111"
  private static let account = "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C"
  private static let members = [
    #""id":"\#(id)""#, #""name":"app""#, #""nats_account_id":"\#(account)""#, #""region":"fr-par""#,
    #""checksum":"2fd4e1c67a2d28fced849ee1bb76e7391b93eb12""#, #""created_at":"2026-03-04T05:06:07.000089Z""#,
    #""updated_at":"2026-03-04T05:06:07.000089Z""#, #""credentials":null"#,
  ]
  private let region: Region
  private let asked: CredentialID

  init() throws {
    region = try #require(Region("fr-par"))
    asked = try #require(CredentialID(Self.id))
  }

  private func row(_ members: [String]) -> [UInt8] { Array("{\(members.joined(separator: ","))}".utf8) }
  private func page(_ rows: [[UInt8]]) -> [UInt8] {
    Array(#"{"total_count":9,"nats_credentials":["#.utf8) + rows.joined(separator: [0x2C]) + Array("]}".utf8)
  }

  private func listing(of account: String? = nil) -> Listing<Credential> {
    Listing(CredentialsQuery(accountID: account.flatMap { AccountID($0) }))
  }

  /// Whether the body is read as usual; if it is, the general way gives the same.
  private func isUsual(_ body: [UInt8]) throws -> Bool {
    guard let usual = UsualRows.credential(asked, in: body, region) else { return false }
    let general = try RowReader(try #require(JSONSlice(parsing: body)), region).credential(asked)
    #expect(usual.json == general.json && usual.id == general.id && usual.name == general.name)
    let secret = JSONText("secret")
    #expect(usual.json(credentials: secret) == general.json(credentials: secret))
    return true
  }

  private func isUsual(page body: [UInt8], of account: String? = nil, size: Int = 100) throws -> Bool {
    var listing = listing(of: account)
    guard let usual = listing.usualRows(in: body, size: size, region) else { return false }
    listing.usual = nil
    let general = try listing.rows(in: try #require(JSONSlice(parsing: body)), size: size, region)
    #expect(usual.total == general.total && usual.rows.map(\.row.json) == general.rows.map(\.row.json))
    #expect(usual.rows.map(\.id) == general.rows.map(\.id) && usual.rows.map(\.createdAt) == general.rows.map(\.createdAt))
    return true
  }

  @Test func membersMayStandInAnyOrder() throws {
    var generator = SeededNumbers(state: 7)
    for _ in 0..<200 { #expect(try isUsual(row(Self.members.shuffled(using: &generator)))) }
    for place in 0...7 {
      let others = Self.members.dropLast()
      #expect(try isUsual(row(others.prefix(place) + [Self.members[7]] + others.dropFirst(place))))
    }
  }

  @Test(arguments: [4, 6, 7]) func someMembersMayBeMissing(_ place: Int) throws {
    var members = Self.members
    members.remove(at: place)
    #expect(try isUsual(row(members)))
    #expect(try isUsual(page: page([row(members), row(members)])))
  }

  @Test(arguments: [
    "", "x", "a name with spaces, commas, {brackets} [of] both: kinds", "'", "~", "-----------------------------------------------------",
  ]) func namesOfPrintableASCII(_ name: String) throws {
    var members = Self.members
    members[1] = #""name":"\#(name)""#
    #expect(try isUsual(row(members)))
  }

  /// They are read all the same, but by `RowReader`.
  @Test(arguments: [
    (1, #""name":"é""#), (1, #""name":"\u00e9""#), (1, #""name":"a\\b""#), (1, #""name":"\#u{7F}""#), (1, #""name": "a""#),
    (1, #""n\u0061me":"a""#),
    (0, #""id":"AAAAAAAA-1111-4111-8111-111111111111""#), (4, #""checksum":null"#), (5, #""created_at":null"#),
    (5, #""created_at":"yesterday""#), (5, #""created_at":"2026-02-30T05:06:07Z""#), (3, #""region":null"#),
    (7, #""credentials":{"name":"x"}"#),
    (6, #""updated_at":null"#), (6, #""updated_at":"2026","tags":[1]"#),
    (6, #""project_id":"22222222-2222-4222-8222-222222222222""#),
  ]) func whatIsReadByTheGeneralWayOnly(_ place: Int, _ member: String) throws {
    var members = Self.members
    members[place] = member
    let (odd, usual) = (row(members), row(Self.members))
    #expect(try !isUsual(odd))
    #expect(try !isUsual(page: page([usual, odd])))
    // Beside such a row the others go the fast way, and the page is the same.
    var general = listing()
    general.usual = nil
    let slice = try #require(JSONSlice(parsing: page([usual, odd, usual])))
    let rows = try listing().rows(in: slice, size: 3, region).rows
    let others = try general.rows(in: slice, size: 3, region).rows
    #expect(rows.map(\.row.json) == others.map(\.row.json) && rows.map(\.createdAt) == others.map(\.createdAt))
  }

  /// Every byte in turn is another one, is not there, or has one more before it.
  @Test func whateverAByteBecomes() throws {
    let row = row(Self.members)
    let page = page([row, row]) + [0x0A]
    #expect(try isUsual(row) && isUsual(page: page) && isUsual(page: page, of: Self.account, size: 2))
    var taken = 0
    for (body, isPage, bytes) in [
      (row, false, Array("\"\\{}[],: \nn0129:-ZTAGaglsz\0\u{1F}\u{7F}é".utf8) + [0xFF]), (page, true, Array("\",A0é".utf8)),
    ] {
      for place in body.indices {
        for byte in bytes {
          for end in [place, place + 1] where end == place || body[place] != byte {
            let other = Array(body[..<place] + [byte] + body[end...])
            if try isPage ? isUsual(page: other, of: Self.account, size: 2) : isUsual(other) { taken += 1 }
          }
        }
        var shorter = body
        shorter.remove(at: place)
        if try isPage ? isUsual(page: shorter, of: Self.account) : isUsual(shorter) { taken += 1 }
        // All but the white space at the end is needed.
        let isWhole = isPage && place == body.count - 1
        #expect(try !isUsual(Array(body[..<place])) && isUsual(page: Array(body[..<place])) == isWhole)
      }
    }
    // Names and times with other letters and digits in them.
    #expect(taken > 1000)
  }

  @Test func aPageHoldsNothingElse() throws {
    let row = String(decoding: row(Self.members), as: UTF8.self)
    for body in [
      #"{"nats_credentials":[\#(row),\#(row)],"total_count":2}"#, #"{"total_count":0,"nats_credentials":[]}"#,
      #"{"total_count":999999999999999999,"nats_credentials":[\#(row)]}  "#,
    ] { #expect(try isUsual(page: Array(body.utf8))) }
    for body in [
      #"{"nats_credentials":[\#(row)]}"#, #"{"total_count":1}"#, #"{"total_count":01,"nats_credentials":[]}"#,
      #"{"total_count":-1,"nats_credentials":[]}"#, #"{"total_count":1.0,"nats_credentials":[]}"#,
      #"{"total_count":1,"nats_credentials":null}"#, #"{"total_count":1,"nats_credentials":[\#(row),]}"#,
      #"{"total_count":1,"nats_credentials":[],"more":1}"#, #"{"total_count":1,"nats_credentials":[],"total_count":1}"#,
      #"{"total_count":1,"nats_credentials":[],"nats_credentials":[]}"#, #"{"total_count":1,"nats_credentials":[]}x"#, "[]", "{}", "",
      #"{"total_count":99999999999999999999,"nats_credentials":[]}"#,
    ] { #expect(try !isUsual(page: Array(body.utf8)), "\(body)") }
    #expect(try !isUsual(page: page([Array(row.utf8), Array(row.utf8)]), size: 1))
    let others = "AAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB776S"
    #expect(try !isUsual(page: page([Array(row.utf8)]), of: others))
  }

  @Test func aRowOfAnotherIsNotTaken() throws {
    let others = try #require(CredentialID("21111111-1111-4111-8111-111111111111"))
    #expect(UsualRows.credential(others, in: row(Self.members), region) == nil)
    #expect(UsualRows.credential(asked, in: row(Self.members), try #require(Region("nl-ams"))) == nil)
  }
}
