package import Credentials
package import JSON
package import JSONRPC

package enum ListCredentials: RoutedMethod {
  package typealias Context = BridgeContext
  package static let name = "credentials.list"
  package static let summary = "One page of the credentials. Secrets are never returned."
  package static let effect = Effect.read
  package static let params = Fields(
    Field<UUIDText>.projectID.optional, Field<AccountID>.accountID("Only those of this account.").optional, Field<Int>.page,
    Field<Int>.pageSize.defaulting(to: 50, written: 50),
    Field<ListOrder>.order.defaulting(to: .usual, written: .string(ListOrder.usual.rawValue)))
  package static let result = Schemas.list("nats_credentials", of: Schemas.credential)
  package static let errors: [ErrorKind] = ErrorKind.ofEveryBackend
  package static let examples = [
    Example(
      "The first page of a fresh state folder", params: ["region": "local", "page_size": 10],
      result: ["total_count": 0, "nats_credentials": [], "page": 1, "page_size": 10, "next_page": nil, "region": "local"])
  ]

  package static func call(
    _ params: (ProjectID?, AccountID?, Int, Int, ListOrder), _ request: RoutedRequest<BridgeContext>
  ) async throws(RPCError) -> Reply {
    let (project, account, page, size, order) = params
    let query = CredentialsQuery(projectID: project, accountID: account, order: order)
    let rows = try await request.page { backend throws(CredentialsError) in
      try await backend.listCredentials(query, page: page, size: size)
    }
    return listResult("nats_credentials", rows, \.json, page: page, size: size, region: request.region)
  }
}
