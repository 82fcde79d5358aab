import JSON
import Testing

@Suite struct JSONWriterTests {
  @Test func writesAsciiOnly() {
    #expect(JSONText("é\u{1F600}\"\\\n\u{7F}\u{0}").text == #""\u00e9\ud83d\ude00\"\\\n\u007f\u0000""#)
  }

  @Test func setsCommas() {
    let value: JSONValue = ["a": [1, 2, [:]], "b": nil, "c": ["d": true]]
    #expect(JSONText(value).text == #"{"a":[1,2,{}],"b":null,"c":{"d":true}}"#)
  }
}
