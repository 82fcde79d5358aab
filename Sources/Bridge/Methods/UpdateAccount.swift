import Credentials
package import JSON
package import JSONRPC

package enum UpdateAccount: RoutedMethod {
  package typealias Context = BridgeContext
  package static let name = "accounts.update"
  package static let summary = "Renames an account. On local, pushed says whether every nats-server has acknowledged it."
  package static let effect = Effect.mutation
  package struct Params: FieldList {
    let id = Field<AccountID>.accountID("The account to rename.")
    let name = Field<String>.text("name", "Its new name.", scalars: 1...64)
  }
  package static let params = Fields(Params())
  package static let result = Schemas.changedAccount
  package static let errors: [ErrorKind] = ErrorKind.backendKinds
  package static let examples = [
    Example(
      "A new name",
      params: ["region": "local", "nats_account_id": "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C", "name": "orders"],
      result: [
        "id": "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C", "name": "orders", "endpoint": "nats://127.0.0.1:4222",
        "project_id": "00000000-0000-0000-0000-000000000000", "region": "local", "created_at": "2026-11-24T16:00:00.000000Z",
        "updated_at": "2026-11-24T16:00:00.000000Z", "state": "active",
        "pushed": true,
      ])
  ]

  package static func call(_ params: ParamValues<Params>, _ request: RoutedRequest<BridgeContext>) async throws(RPCError) -> Reply {
    let (id, name) = (params.id, params.name)
    return Reply(
      try await request.onBackend { backend throws(CredentialsError) in try await backend.renameAccount(id, name) }.changed)
  }
}
