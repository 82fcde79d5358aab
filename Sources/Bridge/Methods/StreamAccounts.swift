import Credentials
package import JSON
package import JSONRPC

package enum StreamAccounts: RoutedMethod {
  package typealias Context = BridgeContext
  package static let name = "accounts.stream"
  package static let summary = "All accounts, page by page in $/progress, as fast as the client reads."
  package static let effect = Effect.read
  package struct Params: FieldList {
    let projectID = Field<UUIDText>.projectID.optional
    let pageSize = Field<Int>.pageSize.optional(meaning: 100)
    let order = Field<ListOrder>.order.optional(meaning: .string(ListOrder.usual.rawValue))
    let cursor = Field<String>.cursor.optional
    let maxPages = Field<Int>.maxPages.optional
  }
  package static let params = Fields(Params())
  package static let result = Schemas.streamEnd
  package static let part: JSONValue? = Schemas.part("nats_accounts", of: Schemas.account)
  package static let errors: [ErrorKind] = ErrorKind.backendKinds
  package static let examples = [
    Example(
      "A fresh state folder", params: ["region": "local"],
      result: [
        "pages": 0, "items": 0, "total_count": 0, "complete": true, "moved": false, "cursor": nil, "region": "local",
      ])
  ]

  package static func call(_ params: ParamValues<Params>, _ request: RoutedRequest<BridgeContext>) async throws(RPCError) -> Reply {
    let asked = queryMembers(project: params.projectID, account: nil, order: params.order)
    var query = AccountsQuery(projectID: params.projectID, order: params.order ?? .usual)
    var cursor: Cursor?
    if let text = params.cursor {
      let read = try Cursor(
        text, rows: "nats_accounts", names: ["project_id", "order_by"], region: request.region, query: asked, pageSize: params.pageSize)
      query.projectID = try read.value("project_id") { ProjectID($0) }
      query.order = try read.value("order_by") { ListOrder(rawValue: $0) } ?? .usual
      cursor = read
    }
    let pageSize = cursor?.pageSize ?? params.pageSize ?? 100
    let stream = RowStream(
      rows: "nats_accounts", request: request, query: cursor?.query ?? asked, pageSize: pageSize, maxPages: params.maxPages
    ) { [query] backend, position throws(CredentialsError) in
      try await backend.nextAccounts(query, size: pageSize, after: position)
    }
    return try await stream.run(from: cursor?.position)
  }
}
