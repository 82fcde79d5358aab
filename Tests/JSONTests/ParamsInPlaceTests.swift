import JSON
import Testing

@Suite struct ParamsInPlaceTests {
  /// What of some names is found, and whether that was all.
  private func read(_ text: String, _ names: [String]) throws -> (values: [String?], isAll: Bool) {
    try Array(text.utf8).withUnsafeBytes { bytes in
      var scanner = JSONScanner(bytes)
      let members = text.hasPrefix("{") ? try scanner.members() : JSONMemberRanges()
      var params = ParamsInPlace(ParamsText(bytes, members: members, isList: text.hasPrefix("[") && text != "[]"))
      let values = names.map { name in params.take(name).map { String(decoding: $0, as: UTF8.self) } }
      return (values, params.areAllRead)
    }
  }

  @Test func whatIsUsualIsRead() throws {
    let (values, isAll) = try read(#"{"name" : "ab", "page":3,"x":{"name":1}}"#, ["page", "name", "other", "x"])
    #expect(values == ["3", #""ab""#, nil, #"{"name":1}"#] && isAll)
    #expect(try read("{}", ["name"]).isAll)
    #expect(try read("[]", ["name"]).isAll)
    var none = ParamsInPlace(nil)
    #expect(none.take("name") == nil && none.areAllRead)
  }

  @Test(arguments: [
    #"{"name":1,"name":2}"#, #"{"nam\u0065":1}"#, #"{"name":1,"nam\u0065":1}"#, #"{"name":1,"other":2}"#, #"{"Name":1}"#, #"[1]"#,
    #"{"name ":1}"#, #"{"":1}"#, #"{"name":""# + String(repeating: "x", count: ParamsReader.valueBytes) + #""}"#,
    "{" + (0...70).map { "\"x\($0)\":1" }.joined(separator: ",") + ",\"name\":1}",
  ]) func ofWhatIsNotSomethingStaysUnread(_ text: String) throws {
    #expect(try !read(text, ["name"]).isAll)
  }

  @Test(arguments: [(#""""#, ""), (#""a é""#, "a é"), (#""a\n""#, nil), ("1", nil), ("null", nil), ("[]", nil), (#"{"a":1}"#, nil)])
  func onlyAStringWithoutEscapesIsPlain(_ value: String, _ text: String?) {
    let plain = Array(value.utf8).withUnsafeBytes { ParamsInPlace.plainText($0).map { String(decoding: $0, as: UTF8.self) } }
    #expect(plain == text)
  }
}
