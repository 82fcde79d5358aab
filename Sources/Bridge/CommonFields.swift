import Credentials
import JSON

/// The parameters that several methods take, each written once.
extension Field where Value == CredentialID {
  static func credentialID(_ name: String, _ description: String) -> Field {
    Field(
      name, description, schema: ["type": "string", "format": "uuid", "pattern": .string(uuidPattern)], expected: "a UUID",
      hint: { AccountID($0.string ?? "") == nil ? nil : "this looks like an account id" }
    ) { $0.withText { CredentialID(utf8: $0) } }
  }

  static var projectID: Field {
    Field(
      "project_id", "A Scaleway project.", schema: ["type": "string", "format": "uuid", "pattern": .string(uuidPattern)], expected: "a UUID"
    ) { $0.withText { ProjectID(utf8: $0) } }
  }
}

private let uuidPattern = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"

extension Field where Value == AccountID {
  static func accountID(_ description: String) -> Field {
    Field(
      "nats_account_id", description, schema: ["type": "string", "pattern": "^A[A-Z2-7]{55}$"],
      expected: "an account id: 56 characters that begin with A, the last ones a checksum",
      hint: { UUIDText($0.string ?? "") == nil ? nil : "this looks like a credential id" }
    ) { $0.string.flatMap { AccountID($0) } }
  }
}

extension Field where Value == Int {
  static var page: Field { .integer("page", "Which page, from 1.", in: 1...1_000_000).defaulting(to: 1, written: 1) }
  static var pageSize: Field { .integer("page_size", "Rows per page.", in: 1...100) }
  static var maxPages: Field {
    .integer("max_pages", "Ends after this many pages with complete: false and a cursor to continue with.", in: 1...1_000_000_000)
  }
}

extension Field where Value == Bool {
  static var missingOK: Field {
    .flag("missing_ok", "If it does not exist, return deleted: false instead of the error not_found.").defaulting(to: false, written: false)
  }
}

extension Field where Value == ListOrder {
  static var order: Field { .choice("order_by", "The order of the rows.") }
}

extension Field where Value == String {
  static var cursor: Field {
    Field(
      "cursor", "Continues after the page that this cursor came with, also in another process.",
      schema: ["type": "string", "minLength": 1, "maxLength": 16384, "pattern": "^[0-9a-f]+$"],
      expected: "a cursor from an earlier response"
    ) { slice in
      guard let text = slice.string, (1...16384).contains(text.utf8.count) else { return nil }
      return text
    }
  }
}

extension ListOrder {
  static let usual = ListOrder.createdAtAscending
}
