package import Credentials
package import JSON
package import JSONRPC

package enum ListAccounts: RoutedMethod {
  package typealias Context = BridgeContext
  package static let name = "accounts.list"
  package static let summary = "One page of the accounts."
  package static let effect = Effect.read
  package static let params = Fields(
    Field<UUIDText>.projectID.optional, Field<Int>.page, Field<Int>.pageSize.defaulting(to: 50, written: 50),
    Field<ListOrder>.order.defaulting(to: .usual, written: .string(ListOrder.usual.rawValue)))
  package static let result = Schemas.list("nats_accounts", of: Schemas.account)
  package static let errors: [ErrorKind] = ErrorKind.ofEveryBackend
  package static let examples = [
    Example(
      "The first page of a fresh state folder", params: ["region": "local"],
      result: ["total_count": 0, "nats_accounts": [], "page": 1, "page_size": 50, "next_page": nil, "region": "local"])
  ]

  package static func call(
    _ params: (ProjectID?, Int, Int, ListOrder), _ request: RoutedRequest<BridgeContext>
  ) async throws(RPCError) -> Reply {
    let (project, page, size, order) = params
    let query = AccountsQuery(projectID: project, order: order)
    let rows = try await request.page { backend throws(CredentialsError) in
      try await backend.listAccounts(query, page: page, size: size)
    }
    return listResult("nats_accounts", rows, \.json, page: page, size: size, region: request.region)
  }
}
