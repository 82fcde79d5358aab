import JSON

/// What a nats-server says of itself when a connection begins.
package struct ServerInfo {
  /// Its `server_name`, or its id where none is configured.
  package let name: String
  package let id: String
  package let version: String
  /// Set where the login is by a signed nonce; only a text of the form NATS's servers send is ever signed.
  package let nonce: String?
  package let wantsTLS: Bool
  package let maximumPayload: Int

  package init?(_ json: [UInt8]) {
    guard let value = JSONSlice(parsing: json)?.value, value.members != nil else { return nil }
    id = NATSClientError.quoted(value["server_id"]?.string ?? "?")
    name = value["server_name"]?.string.map(NATSClientError.quoted) ?? id
    version = NATSClientError.quoted(value["version"]?.string ?? "?")
    wantsTLS = value["tls_required"] == .bool(true)
    maximumPayload = value["max_payload"]?.int ?? 1 << 20
    let isAsked = value["auth_required"] == .bool(true)
    nonce = value["nonce"]?.string.flatMap { isAsked && Self.isNonce($0) ? $0 : nil }
  }

  private static func isNonce(_ text: String) -> Bool {
    (8...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
      }
  }
}
