import JSON
import Testing

@Suite struct FieldsTests {
  private let fields = Fields(
    Field<String>.text("name", "A name.", scalars: 1...4), Field<Int>.integer("page", "A page.", in: 1...9).defaulting(to: 3, written: 3),
    Field<Bool>.flag("overwrite", "Really?").optional)

  private func read(_ text: String?) throws(ParamsProblem) -> (String, Int, Bool?) {
    var reader = ParamsReader(text.flatMap { JSONSlice(parsing: Array($0.utf8)) }, known: fields.names)
    return try reader.read(fields)
  }

  private func problems(_ text: String?) -> [FieldProblem] {
    do throws(ParamsProblem) {
      _ = try read(text)
      return []
    } catch {
      return error.fields
    }
  }

  @Test func readsATypedTuple() throws {
    let (name, page, overwrite) = try read(#"{"overwrite":true,"name":"ab"}"#)
    #expect(name == "ab" && page == 3 && overwrite == true)
  }

  @Test func tellsEverythingAtOnce() {
    #expect(problems(#"{"nmae":"x","page":10}"#).map(\.name) == ["nmae", "name", "page"])
    #expect(problems(#"{"nmae":"x"}"#)[0].reason.hasSuffix("did you mean name?"))
    #expect(problems(nil).map(\.reason) == ["is missing"])
    #expect(problems("[]").map(\.reason) == ["is missing"])
    #expect(problems("[1]")[0].expected == "an object with name, page, overwrite")
    #expect(problems(#"{"name":"a","name":"b"}"#)[0].reason == "stands twice")
    #expect(problems(#"{"name":null}"#)[0].reason.hasPrefix("is null"))
  }

  @Test func neverRepeatsAStrangeName() {
    #expect(problems(#"{"name":"a","SUAM…secret":1}"#)[0].name == "?")
    #expect(problems(#"{"name":"a","é":1}"#)[0].name == "?")
  }

  @Test(arguments: ["\u{0}", "a\u{7F}", "\u{85}", "", "abcde"]) func refusesBadTexts(_ text: String) {
    let params = JSONText(["name": .string(text)]).text
    #expect(problems(params).map(\.name) == ["name"])
  }

  @Test func countsScalars() throws { #expect(try read(#"{"name":"\ud83d\ude00\ud83d\ude00\ud83d\ude00\ud83d\ude00"}"#).0.count == 4) }

  @Test func tellsComposedFromDecomposed() {
    let fields = Fields(Field<Int>.integer("é", "Composed.", in: 1...2))
    var reader = ParamsReader(JSONSlice(parsing: Array(#"{"e\u0301":1}"#.utf8)), known: fields.names)
    #expect(throws: ParamsProblem.self) { try reader.read(fields) }
  }

  @Test func printsItsSchema() {
    let schema = fields.schemas[1]
    #expect(JSONText(schema.schema).text == #"{"type":"integer","minimum":1,"maximum":9,"description":"A page.","default":3}"#)
    #expect(fields.schemas.map(\.isRequired) == [true, false, false])
  }

  @Test(arguments: [("credentials.lst", "credentials.list"), ("region", "region"), ("regoin", "region"), ("zzz", nil), ("", nil)])
  func findsTheNearestName(_ typed: String, _ meant: String?) {
    #expect(nearestName(to: typed, among: ["credentials.list", "region", "accounts.get"]) == meant)
  }
}
