package import Credentials
package import JSON
package import JSONRPC

package enum GetAccount: RoutedMethod {
  package typealias Context = BridgeContext
  package static let name = "accounts.get"
  package static let summary = "One account."
  package static let effect = Effect.read
  package static let params = Fields(Field<AccountID>.accountID("The account to get."))
  package static let result = Schemas.account
  package static let errors: [ErrorKind] = [.notFound, .unauthenticated, .permissionDenied] + ErrorKind.ofTheStore
  package static let examples: [Example] = []

  package static func call(_ id: AccountID, _ request: RoutedRequest<BridgeContext>) async throws(RPCError) -> Reply {
    Reply(try await request.onBackend { backend throws(CredentialsError) in try await backend.getAccount(id) }.json)
  }
}
