import Credentials
import HTTP
import JSON

@testable import ScalewayBackend

/// Answers of Scaleway's API: a row goes out as what came in, an error in the bridge's words, and the key stands in no error.
extension FuzzTarget {
  private static let key = Secret("5f3b9c1e-2a4d-4e6f-8b7a-9c0d1e2f3a4b")
  private static let statuses = [200, 400, 401, 403, 404, 409, 410, 412, 422, 423, 429, 500, 501, 503, 302, 418, 204]

  /// The first byte chooses the status, the second the headers; the rest is the body.
  static let responses = FuzzTarget(name: "responses") { input in
    guard input.count >= 2, let region = Region("fr-par") else { return }
    let body = Array(input.dropFirst(2))
    let reader = ResponseReader(
      HTTPResponse(status: statuses[Int(input[0]) % statuses.count], headers: headers(input[1], body), body: body), key: key,
      keySource: "SCW_SECRET_KEY")
    for call in [Call.get(.accounts), .create(.accounts, [:]), .delete(.accounts)] {
      do throws(ServiceProblem) { _ = try reader.judge(call) } catch { try isFine(error, call) }
      try isFine(reader.problem(of: call), call)
    }
    guard let slice = JSONSlice(parsing: body) else { return }
    let plain = try PlainJSON(body)
    for json in rows(slice, region) { try isTheSame(try PlainJSON(json.bytes), plain, region) }
  }

  private static func headers(_ byte: UInt8, _ body: [UInt8]) -> [HTTPHeader] {
    let start = String(decoding: body.prefix(20), as: UTF8.self)
    var headers = [HTTPHeader("Content-Type", byte & 1 == 0 ? "application/json" : start)]
    if byte & 2 != 0 { headers.append(HTTPHeader("Retry-After", byte & 4 == 0 ? String(byte) : start)) }
    if byte & 8 != 0 { headers.append(HTTPHeader("X-Request-Id", byte & 16 == 0 ? key.revealed : start)) }
    return headers
  }

  private static func isFine(_ problem: ServiceProblem, _ call: Call) throws {
    try promise(call.isChange || !problem.mayHaveActed, "a read may have acted")
    let error = problem.error
    let shown = try PlainJSON(JSONText(["message": .string(error.message), "data": .object(error.details)]).bytes)
    for text in shown.texts {
      try promise(!text.lowercased().contains(key.revealed), "the key stands in an error")
      try promise(text.utf8.count <= 4_096, "an error has a text of \(text.utf8.count) bytes")
      try promise(!text.unicodeScalars.contains { $0.properties.generalCategory == .control }, "an error has a control character")
    }
  }

  /// What the body gives as a row of either list, where it gives one.
  private static func rows(_ slice: JSONSlice, _ region: Region) -> [JSONText] {
    do throws(ResponseProblem) {
      let reader = try RowReader(slice, region)
      var rows: [JSONText] = []
      do throws(ResponseProblem) { rows.append(try reader.credential().json) } catch {}
      do throws(ResponseProblem) { rows.append(try reader.account().json) } catch {}
      return rows
    } catch { return [] }
  }

  /// Every member that came in goes out, and none more, but for those the bridge puts right itself.
  private static func isTheSame(_ row: PlainJSON, _ plain: PlainJSON, _ region: Region) throws {
    guard case .object(let given) = row, case .object(let came) = plain else { throw Broken(description: "a row is no object") }
    let own = ["credentials", "region", "checksum"].map { Array($0.utf16) }
    try promise(given.filter { !own.contains($0.name) } == came.filter { !own.contains($0.name) }, "a row goes out as another")
    try promise(row.all("region").count == 1 && row.all("credentials").count <= 1, "a row has a member twice")
    let cameRegion = plain.all("region").first { $0 != .word("null") }
    try promise(row.all("region").first == cameRegion ?? .string(Array(region.name.utf16)), "the region is another")
  }
}

extension PlainJSON {
  /// Every string in it that is no name.
  fileprivate var texts: [String] {
    switch self {
    case .word, .number: []
    case .string: text.map { [$0] } ?? []
    case .array(let elements): elements.flatMap(\.texts)
    case .object(let members): members.flatMap(\.value.texts)
    }
  }
}
