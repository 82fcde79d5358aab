package import Credentials
package import JSON
package import JSONRPC

package enum UpdateAccount: RoutedMethod {
  package typealias Context = BridgeContext
  package static let name = "accounts.update"
  package static let summary = "Gives an account another name. On local, pushed says whether every nats-server has heard of it."
  package static let effect = Effect.mutation
  package static let params = Fields(
    Field<AccountID>.accountID("The account to rename."), Field<String>.text("name", "Its new name.", scalars: 1...64))
  package static let result = Schemas.changedAccount
  package static let errors: [ErrorKind] = [.notFound, .conflict, .unauthenticated, .permissionDenied] + ErrorKind.ofTheStore
  package static let examples: [Example] = []

  package static func call(
    _ params: (AccountID, String), _ request: RoutedRequest<BridgeContext>
  ) async throws(RPCError) -> Reply {
    let (id, name) = params
    return Reply(
      try await request.onBackend { backend throws(CredentialsError) in try await backend.renameAccount(id, name) }.changed)
  }
}
