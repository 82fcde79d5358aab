import Credentials
import HTTP
import JSON

/// One response from outside in: its status, its headers, and whether its body is JSON.
struct ResponseReader {
  let response: HTTPResponse
  let key: Secret
  /// Where the key was found, for who must mend it.
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

  /// The body, if it is JSON. Whatever it is called: gateways and proxies give it other names, and Scaleway's own libraries take those too.
  var json: JSONSlice {
    get throws(BadAnswer) {
      guard let slice = JSONSlice(parsing: response.body) else { throw BadAnswer("its body is not JSON") }
      return slice
    }
  }

  func answer(_ body: JSONSlice?) -> Answer {
    Answer(body: body, reader: self)
  }

  /// `http_status`, and the id under which the service's people find the request.
  var details: [JSONMember] {
    let id = response.header("X-Request-Id").flatMap { UUIDText(ServiceText($0, without: key).text) }
    return [JSONMember("http_status", .int(response.status))] + (id.map { [JSONMember("service_request_id", .string($0.text))] } ?? [])
  }
}
