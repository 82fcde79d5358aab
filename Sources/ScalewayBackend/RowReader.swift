import Credentials
import JSON

/// One object of a response: every member is passed on by its own bytes, and those the bridge knows are checked first.
struct RowReader {
  private let members: JSONMembers
  private let region: Region

  init(_ slice: JSONSlice, _ region: Region) throws(ResponseProblem) {
    guard let members = JSONMembers(slice) else { throw ResponseProblem("a row is not an object") }
    if members.hasTwins { throw ResponseProblem("duplicate member") }
    self.members = members
    self.region = region
  }

  func value(_ name: StaticString) -> JSONSlice? { members[name] }

  func text(_ name: StaticString) throws(ResponseProblem) -> String {
    guard let text = value(name)?.string else { throw ResponseProblem("\(name) is missing or not a text") }
    return text
  }

  /// `asked` is the one that was asked for, if one was: a mixed-up response is not passed on.
  func credential(_ asked: CredentialID? = nil) throws(ResponseProblem) -> Credential {
    guard let id = CredentialID(try text("id")) else { throw ResponseProblem("a credential's id is not a UUID") }
    if let asked, asked != id { throw ResponseProblem("it is about another credential") }
    guard AccountID(try text("nats_account_id")) != nil else { throw ResponseProblem("nats_account_id is not an account id") }
    if let checksum = value("checksum"), checksum.kind != .null, !Self.isSHA1(checksum.string ?? "") {
      throw ResponseProblem("checksum is not 40 hexadecimal digits")
    }
    let name = try text("name")
    try checkCommon()
    return Credential(id: id, name: name) { write(to: &$0, withSecret: false) }
  }

  func account(_ asked: AccountID? = nil) throws(ResponseProblem) -> Account {
    guard let id = AccountID(try text("id")) else { throw ResponseProblem("an account's id is not an account id") }
    if let asked, asked != id { throw ResponseProblem("it is about another account") }
    let name = try text("name")
    _ = try text("endpoint")
    _ = try text("project_id")
    try checkCommon()
    var writer = JSONWriter()
    writer.beginObject()
    write(to: &writer, withSecret: true)
    writer.endObject()
    return Account(id: id, name: name, json: JSONText(validated: writer.bytes))
  }

  private func checkCommon() throws(ResponseProblem) {
    for time in ["created_at", "updated_at"] as [StaticString] {
      if let value = value(time), value.kind != .null, value.kind != .string { throw ResponseProblem("\(time) is not a text") }
    }
    try checkRegion()
  }

  /// Old responses have none.
  func checkRegion() throws(ResponseProblem) {
    guard let value = value("region"), value.kind != .null else { return }
    guard let name = value.string else { throw ResponseProblem("region is not a text") }
    guard name == region.name else { throw ResponseProblem("it is about another region") }
  }

  /// What the service left out of old answers, and what it left empty, is put right; the rest goes as it came.
  private func write(to writer: inout JSONWriter, withSecret: Bool) {
    for member in members.all {
      if !withSecret, member.isNamed("credentials") { continue }
      if member.value.kind == .null, member.isNamed("region") || member.isNamed("checksum") { continue }
      writer.splice(member)
    }
    if value("region")?.string == nil { writer.member("region", region.name) }
  }

  private static func isSHA1(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { HexWord.isSHA1(UnsafeRawBufferPointer($0)) }
  }
}
