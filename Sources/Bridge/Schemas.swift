import JSON

/// The shapes of what comes out. Results are open: clients take members they do not know.
enum Schemas {
  static let time: JSONValue = ["type": ["string", "null"], "description": "RFC 3339, as the service wrote it."]

  static let credential: JSONValue = [
    "type": "object", "description": "The metadata of one credential.",
    "required": ["id", "name", "nats_account_id", "region", "credentials"],
    "properties": credentialMembers(credentials: ["type": "null", "description": "The secret exists in create's answer only."]),
  ]

  static let issuedCredential: JSONValue = [
    "type": "object",
    "description": "The new credential: with its secret in credentials, or null there and saved, if it was written to a file.",
    "required": ["id", "name", "nats_account_id", "region", "checksum", "credentials"],
    "properties": .object(
      (credentialMembers(credentials: secret).members ?? []) + [
        JSONMember("saved", saved), JSONMember("nats_context", context), JSONMember("pushed", pushed),
        JSONMember("replaced", ids("With if_exists replace: the credential that was deleted, or none.")),
        JSONMember(
          "not_deleted", ids("With if_exists replace: the old credential, whose deletion failed or is not yet enforced everywhere.")),
      ]),
  ]

  static let account = accountSchema(more: [])
  static let changedAccount = accountSchema(more: [JSONMember("pushed", pushed)])

  private static func accountSchema(more: [JSONMember]) -> JSONValue {
    let members: [JSONMember] = [
      JSONMember("id", ["type": "string"]), JSONMember("name", ["type": "string"]),
      JSONMember("endpoint", ["type": "string", "description": "Where its server is, such as nats://127.0.0.1:4222."]),
      JSONMember("project_id", ["type": "string"]), JSONMember("region", ["type": "string"]), JSONMember("created_at", time),
      JSONMember("updated_at", time), JSONMember("state", state),
    ]
    return [
      "type": "object", "description": "One NATS account.", "required": ["id", "name", "endpoint", "project_id", "region"],
      "properties": .object(members + more),
    ]
  }

  static func deleted(_ id: String, more: String = "") -> JSONValue {
    [
      "type": "object", "required": [.string(id), "deleted", "region"],
      "properties": [
        id: ["type": "string"],
        "deleted": ["type": "boolean", "description": .string("False only with missing_ok, where there was nothing to delete." + more)],
        "region": ["type": "string"],
      ],
    ]
  }

  static var deletedAccount: JSONValue {
    let purged: JSONValue = [
      "type": "boolean",
      "description":
        "On local, of a deletion: whether its JetStream data is gone from the servers. False goes on by itself, or stays with keep_streams.",
    ]
    let rows = " On local, credentials of a large account are listed as revoking until their rows are gone."
    return with(JSONMember("purged", purged), in: deleted("nats_account_id", more: rows))
  }

  private static func with(_ member: JSONMember, in schema: JSONValue) -> JSONValue {
    .object(
      (schema.members ?? []).map { part in
        part.name == "properties" ? JSONMember(part.name, .object((part.value.members ?? []) + [member])) : part
      })
  }

  static let revoked: JSONValue = [
    "type": "object", "required": ["nats_account_id", "revoked", "pushed", "region"],
    "properties": [
      "nats_account_id": ["type": "string"],
      "revoked": ["type": "integer", "description": "How many credentials that were listed are ended by it; they are deleted."],
      "pushed": ["type": "boolean", "description": "True: every nats-server has heard of it. Else the answer is revocation_pending."],
      "region": ["type": "string"],
    ],
  ]

  private static let pushed: JSONValue = [
    "type": "boolean",
    "description": "On local, where a nats-server had to hear of this: whether every one has; the rest goes on by itself.",
  ]

  private static let state: JSONValue = [
    "type": "string", "description": "On local only: active, or revoking while a deletion is not enforced everywhere.",
  ]

  static func list(_ rows: String, of row: JSONValue) -> JSONValue {
    [
      "type": "object", "required": ["total_count", .string(rows), "page", "page_size", "next_page", "region"],
      "properties": [
        "total_count": ["type": "integer", "description": "Rows of all pages together."], rows: ["type": "array", "items": row],
        "page": ["type": "integer"], "page_size": ["type": "integer"],
        "next_page": ["type": ["integer", "null"], "description": "Null on the last page."], "region": ["type": "string"],
      ],
    ]
  }

  static func part(_ rows: String, of row: JSONValue) -> JSONValue {
    [
      "type": "object", "required": ["kind", "seq", .string(rows), "total_count", "cursor"],
      "properties": [
        "kind": ["type": "string", "description": "page; take no notice of other words."],
        "seq": ["type": "integer", "description": "Counts the parts of this request from 1. A page with long rows goes in several parts."],
        rows: ["type": "array", "items": row], "total_count": ["type": "integer"],
        "cursor": ["type": ["string", "null"], "description": "Goes on after this page; null in all but the last part of a page."],
      ],
    ]
  }

  static let streamEnd: JSONValue = [
    "type": "object", "required": ["pages", "items", "total_count", "complete", "moved", "cursor", "region"],
    "properties": [
      "pages": ["type": "integer", "description": "Pages that were sent."],
      "items": ["type": "integer", "description": "Rows that were sent."],
      "total_count": ["type": "integer"],
      "complete": ["type": "boolean", "description": "False if max_pages ended the stream, or rows may have been missed."],
      "moved": [
        "type": "boolean",
        "description":
          "Rows shifted under the pages. Orders by name and by last change may then show a row that was changed meanwhile twice, or not.",
      ],
      "cursor": ["type": ["string", "null"], "description": "Where to go on; null at the end."], "region": ["type": "string"],
    ],
  ]

  private static func credentialMembers(credentials: JSONValue) -> JSONValue {
    [
      "id": ["type": "string", "format": "uuid"], "name": ["type": "string"], "nats_account_id": ["type": "string"],
      "region": ["type": "string"], "created_at": time, "updated_at": time,
      "checksum": ["type": "string", "description": "SHA-1 of the .creds text, 40 hexadecimal digits."],
      "state": state,
      "credentials": credentials,
    ]
  }

  private static func ids(_ description: String) -> JSONValue {
    ["type": "array", "items": ["type": "string"], "description": .string(description)]
  }

  private static let secret: JSONValue = [
    "type": ["object", "null"], "required": ["name", "content"],
    "properties": [
      "name": ["type": "string", "description": "A name for the file."],
      "content": ["type": "string", "x-secret": true, "description": "The .creds text. It exists in this one answer only."],
    ],
  ]

  private static let saved: JSONValue = [
    "type": "object", "required": ["path", "mode", "bytes", "checksum"],
    "properties": [
      "path": ["type": "string", "description": "Absolute."], "mode": ["type": "string", "const": "0600"], "bytes": ["type": "integer"],
      "checksum": ["type": "string"],
    ],
  ]

  private static let context: JSONValue = [
    "type": "object", "required": ["name", "path"],
    "properties": ["name": ["type": "string"], "path": ["type": "string", "description": "Of the context file, absolute."]],
  ]
}
