package import JSON

/// One NATS account, kept as the JSON object that goes on the wire: `id`, `name`, `endpoint`, `project_id`, `region`, `created_at`,
/// `updated_at`, and what else the service sends.
package struct Account: Sendable {
  package let id: AccountID
  package let name: String
  package let json: JSONText
  /// Whether every nats-server has acknowledged the claims. Nil where none had to be pushed.
  package var pushed: Bool?

  package init(id: AccountID, name: String, json: JSONText) {
    self.id = id
    self.name = name
    self.json = json
  }

  /// What a change of the account returns: the account, and on the local backend `pushed`.
  package var changed: JSONText {
    guard let pushed else { return json }
    return JSONText(validated: json.bytes.dropLast() + Array(",\"pushed\":\(pushed)}".utf8))
  }
}
