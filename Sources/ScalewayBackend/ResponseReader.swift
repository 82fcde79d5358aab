import Credentials
import HTTP
import JSON

/// One response from outside in: its status, its headers, and the body of an error.
struct ResponseReader {
  let response: HTTPResponse
  let key: Secret
  /// Where the key was found, for whoever must fix it.
  let keySource: String
  /// The object in the body of an error, parsed once.
  let errorBody: JSONValue?

  init(_ response: HTTPResponse, key: Secret, keySource: String) {
    self.response = response
    self.key = key
    self.keySource = keySource
    errorBody = response.status < 300 ? nil : Self.object(in: response)
  }

  private static func object(in response: HTTPResponse) -> JSONValue? {
    guard let value = JSONSlice(parsing: response.body)?.value, value.members != nil else { return nil }
    return value
  }

  /// What the call has come to, by the response's outside.
  func judge(_ call: Call) throws(ServiceProblem) -> APIResponse {
    guard response.status == call.success else { throw problem(of: call) }
    return APIResponse(self)
  }

  /// What came is not to be believed, and neither is what comes after it over the same connection.
  func abandonConnection() { response.connection?.abandon() }

  /// `http_status`, and the id under which the service's people find the request.
  var details: [JSONMember] {
    let id = response.header("X-Request-Id").flatMap { UUIDText(ServiceText($0, without: key).text) }
    return [JSONMember("http_status", .int(response.status))] + (id.map { [JSONMember("service_request_id", .string($0.text))] } ?? [])
  }
}
