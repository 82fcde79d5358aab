package import JSON

/// The metadata of one credential, kept as the JSON object that goes on the wire: a row is written once, by its backend, and spliced
/// from then on. Never holds the secret.
package struct Credential: Sendable {
  package let id: CredentialID
  package let name: String
  /// The row of a list and the result of get: `credentials` is null, as the service answers. Made once: a row may be large.
  package let json: JSONText
  /// So much of it stands before the member `credentials`.
  private let openingCount: Int

  /// `members` are the wire members in their order, `credentials` left out: `id`, `name`, `nats_account_id`, `region`, `created_at`,
  /// `updated_at`, `checksum`, on the local backend `state`, and what else the service sends.
  package init(id: CredentialID, name: String, members: (inout JSONWriter) -> Void) {
    self.id = id
    self.name = name
    var writer = JSONWriter()
    writer.beginObject()
    members(&writer)
    openingCount = writer.bytes.count
    writer.member("credentials", .null)
    writer.endObject()
    json = JSONText(validated: writer.bytes)
  }

  /// The same where the text of the row is known already. It ends with `Credential.end`, which no other member comes before alone.
  package init(id: CredentialID, name: String, json: JSONText) {
    self.id = id
    self.name = name
    self.json = json
    openingCount = json.bytes.count - Self.end.utf8CodeUnitCount
  }

  /// What every row with other members ends with.
  package static let end: StaticString = #","credentials":null}"#

  /// The result of create: `credentials` as given, then more members.
  package func json(credentials: JSONText, more: [(name: String, value: JSONText)] = []) -> JSONText {
    var bytes = Array(json.bytes.prefix(openingCount))
    for member in [(name: "credentials", value: credentials)] + more {
      if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
      bytes += JSONText(member.name).bytes
      bytes.append(UInt8(ascii: ":"))
      bytes += member.value.bytes
    }
    bytes.append(UInt8(ascii: "}"))
    return JSONText(validated: bytes)
  }
}
