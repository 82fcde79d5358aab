import Credentials
package import JSON
package import JSONRPC

package enum GetAccount: InPlaceMethod {
  package typealias Context = BridgeContext
  package static let name = "accounts.get"
  package static let summary = "One account."
  package static let effect = Effect.read
  package struct Params: FieldList {
    let id = Field<AccountID>.accountID("The account to get.")
  }
  package static let params = Fields(Params())
  package static let result = Schemas.account
  package static let errors: [ErrorKind] = ErrorKind.backendKinds
  package static let examples = [
    Example(
      "An account", params: ["region": "local", "nats_account_id": "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C"],
      result: [
        "id": "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C", "name": "orders", "endpoint": "nats://127.0.0.1:4222",
        "project_id": "00000000-0000-0000-0000-000000000000", "region": "local", "created_at": "2026-11-24T16:00:00.000000Z",
        "updated_at": "2026-11-24T16:00:00.000000Z", "state": "active",
      ])
  ]

  package static func call(_ params: ParamValues<Params>, _ request: RoutedRequest<BridgeContext>) async throws(RPCError) -> Reply {
    Reply(try await request.onBackend { backend throws(CredentialsError) in try await backend.getAccount(params.id) }.json)
  }

  package static func answerInPlace(
    _ params: inout ParamsInPlace, in context: BridgeContext, isFree: (_ lane: String) -> Bool
  ) throws -> JSONText? {
    let id = try params.value(of: Self.params.list.id)
    return try context.shortReads(&params, isFree: isFree)?.reads.getAccount(id)
  }
}
