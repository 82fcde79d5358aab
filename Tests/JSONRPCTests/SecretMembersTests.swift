import JSON
import Testing

@testable import JSONRPC

/// What stands in a mirrored line where a secret was.
@Suite struct SecretMembersTests {
  private let secrets = SecretMembers(of: [
    (
      "", "result",
      ["properties": ["credentials": ["anyOf": [["type": "null"], ["properties": ["content": ["type": "string", "x-secret": true]]]]]]]
    ),
    ("params", "value", ["properties": ["rows": ["type": "array", "items": ["properties": ["key": ["x-secret": true]]]]]]),
    ("params", "token", ["type": "string", "x-secret": true]),
    ("params", "names", ["type": "array", "items": ["x-secret": true]]),
    ("params", "title", ["type": "string", "x-secret": false]),
  ])

  private func masked(_ line: String) -> String? { secrets.masking(Array(line.utf8)).map { String(decoding: $0, as: UTF8.self) } }

  @Test(arguments: [
    #"{"id":1,"result":{"credentials":{"name":"a","content":"S"}}}"#, #"[{"result":{"credentials":{"content":"S","name":"a"}}}]"#,
    #"{"params":{"value":{"rows":[{"key":"S"},{"other":1,"key":"S"}]}}}"#, #"{"params":{"token":"S"}}"#,
    #"{"params":{"names":["S","S",["S"]]}}"#, #"{"credentials":[{"content":"S"}]}"#, #" { "params" : { "token" : "S" } } "#,
    #"{"p\u0061rams":{"t\u006fken":"S"}}"#, #"{"params":{"x":{},"y":[],"token":"S","token":"S"}}"#,
  ])
  func aSecretIsMaskedAndNothingElse(line: String) {
    #expect(masked(line) == line.replacing("\"S\"", with: "\"(secret)\""))
    let long = #"-----BEGIN\n\"quoted\\\" {[,:]} \ud83d\ude00 \u0022"#
    #expect(masked(line.replacing("\"S\"", with: "\"\(long)\"")) == line.replacing("\"S\"", with: "\"(secret)\""))
  }

  @Test(arguments: [
    #"{"params":{"title":"S"}}"#, #"{"content":"S"}"#, #"{"params":{"content":"S"}}"#, #"{"credentials":"content"}"#,
    #"{"credentials":{"content":null}}"#, #"{"credentials":{"content":{"type":"string"}}}"#, #"{"credentials":{"name":"content"}}"#,
    #"{"value":{"rows":["key","S"]}}"#, #"["params",{"token2":"S"}]"#, #"{"params":["token","S"]}"#, "1", #""S""#, "[]", "{}",
    #"{"a":"\ud800"}"#, "\u{20}[1 , \"é\"]\r", #"{"credentials":{"a":{"content":"S"}}}"#,
  ])
  func whatIsNoSecretStaysByteForByte(line: String) {
    #expect(masked(line) == line)
  }

  @Test(arguments: ["", " ", "{", "nonsense", "-----BEGIN", #"{"params":{"token":"S"}"#, "[1,]", "1 2", "\"\n\""])
  func ofWhatIsNotJSONNobodyKnows(line: String) {
    #expect(masked(line) == nil)
  }

  @Test func ofWhatIsNoTextNobodyKnows() {
    #expect(secrets.masking([0x22, 0xFF, 0x22]) == nil)
  }
}
