import JSON
import Testing

/// A value that came is passed on by its own bytes.
@Suite struct SplicingTests {
  @Test(arguments: [
    (#"{"a":1,"b":[true,null,"x"]}"#, #"{"a":1,"b":[true,null,"x"]}"#),
    ("{ \"a\" :\t1 ,\r\n \"b\" : [ true , \"x y\" ] }", #"{"a":1,"b":[true,"x y"]}"#),
    (#"" \" \\ \n { , } ""#, #"" \" \\ \n { , } ""#), (#""\\""#, #""\\""#), (#"["\\"," "]"#, #"["\\"," "]"#),
    ("\"h\u{e4}llo \u{1F600}\"", #""h\u00e4llo \ud83d\ude00""#),
    ("\"\u{7f}\"", #""\u007f""#),
    ("{\"\u{e9}\": 1.50e+3 }", #"{"\u00e9":1.50e+3}"#),
    (" 12345678901234567890 ", "12345678901234567890"),
  ]) func bytesStayAndSpacesGo(text: String, spliced: String) throws {
    let slice = try #require(JSONSlice(parsing: Array(text.utf8)))
    #expect(String(decoding: slice.withBytes { wireBytes(ofValid: $0) }, as: UTF8.self) == spliced)
    #expect(try #require(JSONSlice(parsing: Array(spliced.utf8))).value == slice.value)
  }
}
