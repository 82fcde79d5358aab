package import JSON

/// One NATS account, kept as the JSON object that goes on the wire: `id`, `name`, `endpoint`, `project_id`, `region`, `created_at`,
/// `updated_at`, and what else the service sends.
package struct Account: Sendable {
  package let id: AccountID
  package let name: String
  package let json: JSONText

  package init(id: AccountID, name: String, json: JSONText) {
    self.id = id
    self.name = name
    self.json = json
  }
}
