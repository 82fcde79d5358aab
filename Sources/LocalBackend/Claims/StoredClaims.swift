import JSON
import NATSAuth

/// What an account token says that was found in the resolver's folder or on a server, and that our operator signed.
struct StoredClaims {
  let name: String
  let issuedAt: Int64
  /// Whether they let nobody in any more.
  let isClosed: Bool
  let signingKeys: [String]
  let revocations: [(user: String, at: Int64)]

  /// Nil unless the text is a token about this account by this operator's signing key.
  init?(_ token: String, of account: String, signedBy operatorKey: String) {
    guard let key = PublicKey(operatorKey), Self.isSigned(token, by: key), let payload = tokenPayload(token),
      let value = JSONSlice(parsing: payload)?.value, let issuedAt = value["iat"]?.int, value["sub"]?.string == account
    else { return nil }
    self.issuedAt = Int64(issuedAt)
    name = value["name"]?.string ?? account
    signingKeys = value["nats"]?["signing_keys"]?.array?.compactMap(\.string) ?? []
    revocations = (value["nats"]?["revocations"]?.members ?? []).compactMap { member in
      member.value.int.map { (member.name, Int64($0)) }
    }
    isClosed = value["nats"]?["limits"]?["conn"]?.int == 0 && revocations.contains { $0.user == "*" }
  }

  private static func isSigned(_ token: String, by key: PublicKey) -> Bool {
    // Without libcrypto nothing was signed here either.
    do { return try isToken(token, signedBy: key) } catch { return false }
  }
}
