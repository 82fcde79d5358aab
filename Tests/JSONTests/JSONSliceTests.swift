import JSON
import Testing

@Suite struct JSONSliceTests {
  private func slice(_ text: String) throws -> JSONSlice { try #require(JSONSlice(parsing: Array(text.utf8))) }

  @Test func decodesStrings() throws {
    #expect(try slice(#""a\u00e9\ud83d\ude00\n\/\"é""#).string == "aé\u{1F600}\n/\"é")
    #expect(try slice("1").string == nil)
  }

  @Test(arguments: [("1", 1), ("-7", -7), ("1.0", 1), ("1e2", 100), ("1.5", nil), ("1e400", nil), ("99999999999999999999", nil)])
  func readsIntegers(_ text: String, _ number: Int?) throws { #expect(try slice(text).int == number) }

  @Test func keepsMembersInOrderAndDuplicates() throws {
    let members = try slice(#" {"b": [1, {"x":2}], "a":null,"b":"c"} "#).members
    #expect(members.map(\.name) == ["b", "a", "b"])
    #expect(members[0].value.elements.map(\.kind) == [.number, .object])
    #expect(members[0].value.elements[1].members.first?.value.int == 2)
  }

  @Test func becomesATree() throws {
    let text = #"{"a":[1.50,true,null,"x"],"b":{}}"#
    #expect(JSONText(try slice(text).value).text == text)
  }

  @Test func refusesHalfPairs() { #expect(JSONSlice(parsing: Array(#""\ud800""#.utf8)) == nil) }
}
