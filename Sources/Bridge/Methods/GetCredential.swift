import Credentials
package import JSON
package import JSONRPC

package enum GetCredential: InPlaceMethod {
  package typealias Context = BridgeContext
  package static let name = "credentials.get"
  package static let summary = "The metadata of one credential. The secret is never returned."
  package static let effect = Effect.read
  package struct Params: FieldList {
    let id = Field<UUIDText>.credentialID("nats_credentials_id", "The credential to get.")
  }
  package static let params = Fields(Params())
  package static let result = Schemas.credential
  package static let errors: [ErrorKind] = ErrorKind.backendKinds
  package static let examples = [
    Example(
      "A credential", params: ["region": "local", "nats_credentials_id": "11111111-1111-4111-8111-111111111111"],
      result: [
        "id": "11111111-1111-4111-8111-111111111111", "name": "app",
        "nats_account_id": "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C", "region": "local",
        "created_at": "2026-11-24T16:00:00.000000Z", "updated_at": "2026-11-24T16:00:00.000000Z",
        "checksum": "5b41756df64e04bdd5de25e28b8843cb2ad03570", "state": "active",
        "credentials": nil,
      ])
  ]

  package static func call(_ params: ParamValues<Params>, _ request: RoutedRequest<BridgeContext>) async throws(RPCError) -> Reply {
    Reply(try await request.onBackend { backend throws(CredentialsError) in try await backend.getCredential(params.id) }.json)
  }

  package static func answerInPlace(
    _ params: inout ParamsInPlace, in context: BridgeContext, isFree: (_ lane: String) -> Bool
  ) throws -> JSONText? {
    let id = try params.value(of: Self.params.list.id)
    return try context.shortReads(&params, isFree: isFree)?.reads.getCredential(id)
  }
}
