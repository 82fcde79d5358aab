import Credentials
package import JSON
package import JSONRPC

package enum ListCredentials: InPlaceMethod {
  package typealias Context = BridgeContext
  package static let name = "credentials.list"
  package static let summary = "One page of the credentials. Secrets are never returned."
  package static let effect = Effect.read
  package struct Params: FieldList {
    let projectID = Field<UUIDText>.projectID.optional
    let account = Field<AccountID>.accountID("Only those of this account.").optional
    let page = Field<Int>.page
    let pageSize = Field<Int>.pageSize.defaulting(to: 50, written: 50)
    let order = Field<ListOrder>.order.defaulting(to: .usual, written: .string(ListOrder.usual.rawValue))
  }
  package static let params = Fields(Params())
  package static let result = Schemas.list("nats_credentials", of: Schemas.credential)
  package static let errors: [ErrorKind] = ErrorKind.backendKinds
  package static let examples = [
    Example(
      "The first page of a fresh state folder", params: ["region": "local", "page_size": 10],
      result: ["total_count": 0, "nats_credentials": [], "page": 1, "page_size": 10, "next_page": nil, "region": "local"])
  ]

  package static func call(_ params: ParamValues<Params>, _ request: RoutedRequest<BridgeContext>) async throws(RPCError) -> Reply {
    let (page, size) = (params.page, params.pageSize)
    let query = CredentialsQuery(projectID: params.projectID, accountID: params.account, order: params.order)
    let rows = try await request.page { backend throws(CredentialsError) in
      try await backend.listCredentials(query, page: page, size: size)
    }
    return listResult("nats_credentials", rows, page: page, size: size, region: request.region)
  }

  package static func answerInPlace(
    _ params: inout ParamsInPlace, in context: BridgeContext, isFree: (_ lane: String) -> Bool
  ) throws -> JSONText? {
    let fields = Self.params.list
    let (page, size) = (try params.value(of: fields.page), try params.value(of: fields.pageSize))
    let query = CredentialsQuery(
      projectID: try params.value(of: fields.projectID), accountID: try params.value(of: fields.account),
      order: try params.value(of: fields.order))
    guard let (region, reads) = try context.shortReads(&params, isFree: isFree),
      let rows = reads.listCredentials(query, page: page, size: size)
    else { return nil }
    return listText("nats_credentials", rows, page: page, size: size, region: region)
  }
}
