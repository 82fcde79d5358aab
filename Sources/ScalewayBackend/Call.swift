import HTTP
import JSON

/// One call of the API, before it is a request. Values of the query are ids, numbers and words of the API: none needs escaping.
struct Call {
  let method: HTTPRequest.Method
  let endpoint: Endpoint
  var query: [(name: String, value: String)] = []
  var body: JSONValue?
  /// How long one attempt may take.
  var attemptMilliseconds = 15_000
  /// Once cancelled, a change that may be on its way still has this long to answer; a session waits a little longer than this and the look
  /// that follows.
  var patienceMilliseconds = 4_800
  /// The answer's status when all is well; 204 has no body.
  var success: Int { method == .delete ? 204 : 200 }

  static func get(_ endpoint: Endpoint, _ query: [(name: String, value: String)] = []) -> Call {
    Call(method: .get, endpoint: endpoint, query: query)
  }

  static func delete(_ endpoint: Endpoint) -> Call { Call(method: .delete, endpoint: endpoint) }

  /// The deletion of what nobody shall keep, in the short time that is left for it.
  static func undo(_ endpoint: Endpoint) -> Call { Call(method: .delete, endpoint: endpoint, patienceMilliseconds: 0) }

  /// A creation's answer is awaited as long as anybody waits: it cannot be asked for again.
  static func create(_ endpoint: Endpoint, _ body: JSONValue) -> Call {
    Call(method: .post, endpoint: endpoint, body: body, attemptMilliseconds: 600_000)
  }

  static func rename(_ endpoint: Endpoint, _ body: JSONValue) -> Call { Call(method: .patch, endpoint: endpoint, body: body) }

  func request(to origin: String, path: String, headers: [HTTPHeader]) -> HTTPRequest {
    let query = query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    let type = body == nil ? [] : [HTTPHeader("Content-Type", "application/json")]
    return HTTPRequest(
      method, origin + path + (query.isEmpty ? "" : "?" + query), headers: headers + type, body: body.map { JSONText($0).bytes },
      timeoutMilliseconds: attemptMilliseconds, patienceMilliseconds: method == .get ? 0 : patienceMilliseconds)
  }
}
