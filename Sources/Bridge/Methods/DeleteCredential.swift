import Credentials
package import JSON
package import JSONRPC

package enum DeleteCredential: RoutedMethod {
  package typealias Context = BridgeContext
  package static let name = "credentials.delete"
  package static let summary =
    "Deletes a credential permanently. On local, after a result its connections are closed and it is refused; otherwise revocation_pending."
  package static let effect = Effect.mutation
  package struct Params: FieldList {
    let id = Field<UUIDText>.credentialID("nats_credentials_id", "The credential to delete.")
    let missingOK = Field<Bool>.missingOK
  }
  package static let params = Fields(Params())
  package static let result = Schemas.deleted("nats_credentials_id")
  package static let errors: [ErrorKind] = [.revocationPending] + ErrorKind.backendKinds
  package static let examples = [
    Example(
      "One that does not exist, which is not an error",
      params: ["region": "local", "nats_credentials_id": "11111111-1111-4111-8111-111111111111", "missing_ok": true],
      result: ["nats_credentials_id": "11111111-1111-4111-8111-111111111111", "deleted": false, "region": "local"])
  ]

  /// Deleted again, it is not there any more; or it is told again, if not every server had heard of it.
  package static func joining(_ params: ParamValues<Params>) -> Joining { .unlessSame(params.id.text) }

  package static func call(_ params: ParamValues<Params>, _ request: RoutedRequest<BridgeContext>) async throws(RPCError) -> Reply {
    let id = params.id
    return try await deletion("nats_credentials_id", id.text, of: "credentials", missingOK: params.missingOK, request) {
      backend throws(CredentialsError) in
      try await backend.deleteCredential(id)
      return []
    }
  }
}
