import Credentials
package import JSON
package import JSONRPC

package enum DeleteAccount: RoutedMethod {
  package typealias Context = BridgeContext
  package static let name = "accounts.delete"
  package static let summary =
    "Deletes an account and all its credentials permanently; they are cut off as by credentials.delete. On local its JetStream data is deleted too."
  package static let effect = Effect.mutation
  package struct Params: FieldList {
    let id = Field<AccountID>.accountID("The account to delete.")
    let missingOK = Field<Bool>.missingOK
    let keepStreams = Field<Bool>.flag("keep_streams", "On local: keep its JetStream data on the servers. Scaleway's regions refuse this.")
      .defaulting(to: false, written: false)
  }
  package static let params = Fields(Params())
  package static let result = Schemas.deletedAccount
  package static let errors: [ErrorKind] = [.revocationPending] + ErrorKind.backendKinds
  package static let examples = [
    Example(
      "One that does not exist, which is not an error",
      params: [
        "region": "local", "nats_account_id": "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C", "missing_ok": true,
      ],
      result: ["nats_account_id": "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C", "deleted": false, "region": "local"])
  ]

  package static func call(_ params: ParamValues<Params>, _ request: RoutedRequest<BridgeContext>) async throws(RPCError) -> Reply {
    let (id, keepsStreams) = (params.id, params.keepStreams)
    return try await deletion("nats_account_id", id.text, of: "account", missingOK: params.missingOK, request) {
      backend throws(CredentialsError) in
      try await backend.deleteAccount(id, keepingStreams: keepsStreams).map { [JSONMember("purged", .bool($0))] } ?? []
    }
  }
}
