import Credentials
package import JSON
package import JSONRPC

package enum CreateAccount: RoutedMethod {
  package typealias Context = BridgeContext
  package static let name = "accounts.create"
  package static let summary =
    "Creates an account. On local without limits and with JetStream; pushed says whether every nats-server has acknowledged it."
  package static let effect = Effect.mutation
  package struct Params: FieldList {
    let name = Field<String>.text("name", "Its name; generated if omitted.", scalars: 1...64).optional
    let projectID = Field<UUIDText>.projectID.optional
  }
  package static let params = Fields(Params())
  package static let result = Schemas.changedAccount
  package static let errors: [ErrorKind] = ErrorKind.backendKinds
  package static let examples = [
    Example(
      "An account", params: ["region": "local", "name": "orders"],
      result: [
        "id": "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C", "name": "orders", "endpoint": "nats://127.0.0.1:4222",
        "project_id": "00000000-0000-0000-0000-000000000000", "region": "local", "created_at": "2026-11-24T16:00:00.000000Z",
        "updated_at": "2026-11-24T16:00:00.000000Z", "state": "active", "pushed": true,
      ])
  ]

  package static func call(_ params: ParamValues<Params>, _ request: RoutedRequest<BridgeContext>) async throws(RPCError) -> Reply {
    let draft = AccountDraft(
      name: params.name ?? GeneratedName.make(), nameIsGenerated: params.name == nil, projectID: params.projectID)
    return Reply(try await request.onBackend { backend throws(CredentialsError) in try await backend.createAccount(draft) }.changed)
  }
}
