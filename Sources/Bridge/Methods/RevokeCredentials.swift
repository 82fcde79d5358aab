import Credentials
package import JSON
package import JSONRPC

package enum RevokeCredentials: RoutedMethod {
  package typealias Context = BridgeContext
  package static let name = "credentials.revoke"
  package static let summary =
    "On local: ends credentials that are not listed, such as those created after a copy of the store that was restored. Takes user_key or issued_before."
  package static let effect = Effect.mutation
  package struct Params: FieldList {
    let account = Field<AccountID>.accountID("The account of the credentials.")
    let userKey = Field<UserKey>.userKey.optional
    let issuedBefore = Field<Int64>.issuedBefore.optional
  }
  package static let params = Fields(Params())
  package static let result = Schemas.revoked
  package static let errors: [ErrorKind] = [.revocationPending] + ErrorKind.backendKinds
  package static let examples = [
    Example(
      "One user, by its key",
      params: [
        "region": "local", "nats_account_id": "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C",
        "user_key": "UAU2ZOXBIG6MV4FSFYNJJU2NBPDTMHSSNUF74EWIS6KLZEZCSZW5PMRM",
      ],
      result: [
        "nats_account_id": "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C", "revoked": 0, "pushed": true, "region": "local",
      ])
  ]

  package static func call(_ params: ParamValues<Params>, _ request: RoutedRequest<BridgeContext>) async throws(RPCError) -> Reply {
    let account = params.account
    let revocation: Revocation
    switch (params.userKey, params.issuedBefore) {
    case (let key?, nil): revocation = .userKey(key)
    case (nil, let seconds?): revocation = .issuedUpTo(seconds)
    case (nil, nil): throw refusal("user_key", "or issued_before is missing")
    case (_?, _?): throw refusal("issued_before", "cannot be given together with user_key")
    }
    let revoked = try await request.onBackend { backend throws(CredentialsError) in try await backend.revoke(revocation, in: account) }
    return Reply(
      JSONText([
        "nats_account_id": .string(account.text), "revoked": .int(revoked), "pushed": true, "region": .string(request.region.name),
      ]))
  }

  private static func refusal(_ name: String, _ reason: String) -> RPCError {
    RPCError(ParamsProblem(fields: [FieldProblem(name: name, reason: reason, expected: "exactly one of user_key and issued_before")]))
  }
}

extension Field where Value == UserKey {
  fileprivate static var userKey: Field {
    Field(
      "user_key", "End this user, by its public NKey, whether a credential of it is listed or not.",
      schema: ["type": "string", "pattern": "^U[A-Z2-7]{55}$"],
      expected: "a user's public key: 56 characters that begin with U, the last ones a checksum",
      hint: { ($0.string ?? "").hasPrefix("SU") ? "this looks like a seed, which is a secret; the public key begins with U" : nil }
    ) { $0.string.flatMap { UserKey($0) } }
  }
}

extension Field where Value == Int64 {
  /// Seconds since 1970.
  fileprivate static var issuedBefore: Field {
    Field(
      "issued_before",
      "End every credential of the account that was issued up to and including this second, listed ones too. What is issued later stays valid.",
      schema: [
        "type": "string", "format": "date-time", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:]{8}([Zz]|[+-][0-9]{2}:[0-9]{2})$",
      ],
      expected: "a time such as 2026-11-30T21:00:00Z (RFC 3339) in whole seconds"
    ) { slice in
      guard let text = slice.string, !text.contains("."), !text.contains(" ") else { return nil }
      return UTCTime(text)?.seconds
    }
  }
}
