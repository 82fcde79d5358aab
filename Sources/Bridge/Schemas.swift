import JSON

/// The shapes of what comes out. Results are open: clients take members they do not know.
enum Schemas {
  static let time: JSONValue = ["type": ["string", "null"], "description": "RFC 3339, as the service wrote it."]

  static let credential: JSONValue = [
    "type": "object", "description": "The metadata of one credential.",
    "required": ["id", "name", "nats_account_id", "region", "credentials"],
    "properties": credentialMembers(credentials: ["type": "null", "description": "The secret exists in the response of create only."]),
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
        "deleted": ["type": "boolean", "description": .string("False only with missing_ok, if there was nothing to delete." + more)],
        "region": ["type": "string"],
      ],
    ]
  }

  static var deletedAccount: JSONValue {
    let purged: JSONValue = [
      "type": "boolean",
      "description":
        "Local only: true if its JetStream data is deleted from the servers; false if deleting continues in the background, or with keep_streams.",
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
      "revoked": ["type": "integer", "description": "How many listed credentials were ended; they are deleted."],
      "pushed": [
        "type": "boolean", "description": "True: every nats-server has acknowledged it. Otherwise the error is revocation_pending.",
      ],
      "region": ["type": "string"],
    ],
  ]

  private static let pushed: JSONValue = [
    "type": "boolean",
    "description": "Local only: true if every nats-server has acknowledged the change; otherwise pushing continues in the background.",
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
        "kind": ["type": "string", "description": "Currently always \"page\"; ignore unknown values."],
        "seq": [
          "type": "integer", "description": "Counts the parts of this request from 1. A page with long rows is sent in several parts.",
        ],
        rows: ["type": "array", "items": row], "total_count": ["type": "integer"],
        "cursor": ["type": ["string", "null"], "description": "Continues after this page; null in all but the last part of a page."],
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
          "Rows shifted between pages. In orders by name and by last change, a row that changed meanwhile may then appear twice or not at all.",
      ],
      "cursor": ["type": ["string", "null"], "description": "Where to continue; null at the end."], "region": ["type": "string"],
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
      "content": ["type": "string", "x-secret": true, "description": "The .creds text. It exists in this response only."],
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
    "properties": ["name": ["type": "string"], "path": ["type": "string", "description": "The absolute path of the context file."]],
  ]
}
