package import Credentials
package import JSON
package import JSONRPC

package enum GetCredential: RoutedMethod {
  package typealias Context = BridgeContext
  package static let name = "credentials.get"
  package static let summary = "The metadata of one credential. The secret is never returned."
  package static let effect = Effect.read
  package static let params = Fields(Field<UUIDText>.credentialID("nats_credentials_id", "The credential to get."))
  package static let result = Schemas.credential
  package static let errors: [ErrorKind] = [.notFound, .unauthenticated, .permissionDenied] + ErrorKind.ofTheStore
  package static let examples: [Example] = []

  package static func call(_ id: CredentialID, _ request: RoutedRequest<BridgeContext>) async throws(RPCError) -> Reply {
    Reply(try await request.onBackend { backend throws(CredentialsError) in try await backend.getCredential(id) }.json)
  }
}
