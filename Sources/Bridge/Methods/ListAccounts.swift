import Credentials
package import JSON
package import JSONRPC

package enum ListAccounts: InPlaceMethod {
  package typealias Context = BridgeContext
  package static let name = "accounts.list"
  package static let summary = "One page of the accounts."
  package static let effect = Effect.read
  package struct Params: FieldList {
    let projectID = Field<UUIDText>.projectID.optional
    let page = Field<Int>.page
    let pageSize = Field<Int>.pageSize.defaulting(to: 50, written: 50)
    let order = Field<ListOrder>.order.defaulting(to: .usual, written: .string(ListOrder.usual.rawValue))
  }
  package static let params = Fields(Params())
  package static let result = Schemas.list("nats_accounts", of: Schemas.account)
  package static let errors: [ErrorKind] = ErrorKind.backendKinds
  package static let examples = [
    Example(
      "The first page of a fresh state folder", params: ["region": "local"],
      result: ["total_count": 0, "nats_accounts": [], "page": 1, "page_size": 50, "next_page": nil, "region": "local"])
  ]

  package static func call(_ params: ParamValues<Params>, _ request: RoutedRequest<BridgeContext>) async throws(RPCError) -> Reply {
    let (page, size) = (params.page, params.pageSize)
    let query = AccountsQuery(projectID: params.projectID, order: params.order)
    let rows = try await request.page { backend throws(CredentialsError) in
      try await backend.listAccounts(query, page: page, size: size)
    }
    return listResult("nats_accounts", rows, page: page, size: size, region: request.region)
  }

  package static func answerInPlace(
    _ params: inout ParamsInPlace, in context: BridgeContext, isFree: (_ lane: String) -> Bool
  ) throws -> JSONText? {
    let fields = Self.params.list
    let (page, size) = (try params.value(of: fields.page), try params.value(of: fields.pageSize))
    let query = try AccountsQuery(projectID: params.value(of: fields.projectID), order: params.value(of: fields.order))
    guard let (region, reads) = try context.shortReads(&params, isFree: isFree),
      let rows = reads.listAccounts(query, page: page, size: size)
    else { return nil }
    return listText("nats_accounts", rows, page: page, size: size, region: region)
  }
}
