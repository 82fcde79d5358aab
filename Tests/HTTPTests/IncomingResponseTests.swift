import Testing

@testable import HTTP

@Suite struct IncomingResponseTests {
  /// What a Content-Length promises is read digit by digit; Swift's own reading of the same digits says what it must come to.
  @Test(arguments: [
    "0", "5", "999", "1000", "1001", "0000000000000000000000000001000", "0001001", "9223372036854775807", "9223372036854775808",
    "18446744073709551616", "1000000000000000000000000000000000000000", "-1", "1e3", "many", "", "1 000", "+5",
  ]) func whatIsPromisedBeyondTheLimitIsTooLarge(value: String) {
    var response = IncomingResponse(HTTPSettings(bodyLimit: 1_000))
    for line in ["HTTP/1.1 200 OK\r\n", "content-LENGTH:  \(value) \r\n"] { #expect(take(line, of: &response) == line.utf8.count) }
    let isNumber = !value.isEmpty && value.utf8.allSatisfy { 0x30...0x39 ~= $0 }
    let isTooLarge = isNumber && (Int(value) ?? .max) > 1_000
    #expect((take("\r\n", of: &response) == 0) == isTooLarge)
    #expect(response.isTooLarge == isTooLarge)
  }

  @Test(arguments: ["Content-Lengthy: 5000", "Content-Lengt: 5000", "XContent-Length: 5000", "Content_Length: 5000", "Content-Length 5000"])
  func anotherHeaderPromisesNothing(line: String) {
    var response = IncomingResponse(HTTPSettings(bodyLimit: 1_000))
    for line in ["HTTP/1.1 200 OK\r\n", line + "\r\n", "\r\n"] { #expect(take(line, of: &response) == line.utf8.count) }
  }

  private func take(_ line: String, of response: inout IncomingResponse) -> Int {
    Array(line.utf8).withUnsafeBytes { response.take(header: $0) }
  }
}
