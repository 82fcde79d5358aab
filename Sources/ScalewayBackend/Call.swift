import Credentials
import HTTP
import JSON

/// One call of the API, before it is a request. Values of the query are ids, numbers and words of the API: none needs escaping.
struct Call {
  let method: HTTPRequest.Method
  let endpoint: Endpoint
  var query: [(name: String, value: String)] = []
  var body: JSONValue?
  /// The account it is about, where the path does not say it.
  var account: AccountID?
  /// How long one attempt may take.
  var attemptMilliseconds = 15_000
  /// Once cancelled, a change that may be on its way still has this long to answer; a session waits a little longer than this and the look
  /// that follows.
  var patienceMilliseconds = 4_800
  /// The response's status when all is well; 204 has no body.
  var success: Int { method == .delete ? 204 : 200 }

  static func get(_ endpoint: Endpoint, _ query: [(name: String, value: String)] = [], in account: AccountID? = nil) -> Call {
    Call(method: .get, endpoint: endpoint, query: query, account: account)
  }

  static func delete(_ endpoint: Endpoint) -> Call { Call(method: .delete, endpoint: endpoint) }

  /// The deletion of what nobody shall keep, in the short time that is left for it.
  static func undo(_ endpoint: Endpoint) -> Call { Call(method: .delete, endpoint: endpoint, patienceMilliseconds: 0) }

  /// A creation's response is awaited as long as anybody waits: it cannot be asked for again.
  static func create(_ endpoint: Endpoint, _ body: JSONValue, in account: AccountID? = nil) -> Call {
    Call(method: .post, endpoint: endpoint, body: body, account: account, attemptMilliseconds: 600_000)
  }

  static func rename(_ endpoint: Endpoint, _ body: JSONValue) -> Call { Call(method: .patch, endpoint: endpoint, body: body) }

  var isChange: Bool { method != .get }

  /// Whether the service can mean this when it says that such a thing is not there: another request's response is no news of what this one
  /// is about, least of all that it is gone.
  func canBeAbout(_ resource: String, isAccount: Bool) -> Bool {
    switch endpoint {
    case .account(let id): resource == id.text
    case .credential(let id) where !isAccount: CredentialID(resource) == id
    case .credential: true
    case .credentials, .accounts: !isAccount || account == nil || resource == account?.text
    }
  }

  /// `root` is what the addresses of the region begin with.
  func request(to root: String, headers: [HTTPHeader]) -> HTTPRequest {
    var url = root + endpoint.path
    for (index, part) in query.enumerated() { url += "\(index == 0 ? "?" : "&")\(part.name)=\(part.value)" }
    return HTTPRequest(
      method, url, headers: body == nil ? headers : headers + [HTTPHeader("Content-Type", "application/json")],
      body: body.map { JSONText($0).bytes },
      timeoutMilliseconds: attemptMilliseconds, patienceMilliseconds: method == .get ? 0 : patienceMilliseconds)
  }
}
