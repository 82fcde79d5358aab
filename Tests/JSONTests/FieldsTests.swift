import JSON
import Testing

@Suite struct FieldsTests {
  private struct Params: FieldList {
    let name = Field<String>.text("name", "A name.", scalars: 1...4)
    let page = Field<Int>.integer("page", "A page.", in: 1...9).defaulting(to: 3, written: 3)
    let overwrites = Field<Bool>.flag("overwrite", "Really?").optional
  }

  private let fields = Fields(Params())

  private func read(_ text: String?) throws(ParamsProblem) -> ParamValues<Params> {
    var reader = reader(of: text, known: fields.names)
    return try reader.read(fields)
  }

  /// As a session makes it; everything it keeps is a copy.
  private func reader(of text: String?, known: [String]) -> ParamsReader {
    guard let text else { return ParamsReader(nil, known: known) }
    return Array(text.utf8).withUnsafeBytes { bytes in
      var scanner = JSONScanner(bytes)
      let members = text.hasPrefix("{") ? try? scanner.members() : JSONMemberRanges()
      guard let members else { preconditionFailure("not JSON: \(text)") }
      return ParamsReader(ParamsText(bytes, members: members, isList: text.hasPrefix("[") && text != "[]"), known: known)
    }
  }

  private func problems(_ text: String?) -> [FieldProblem] {
    do throws(ParamsProblem) {
      _ = try read(text)
      return []
    } catch {
      return error.fields
    }
  }

  @Test func eachValueIsReadByThePropertyOfItsField() throws {
    let params = try read(#"{"overwrite":true,"name":"ab"}"#)
    #expect(params.name == "ab" && params.page == 3 && params.overwrites == true)
    #expect(try read(#"{"name":"ab"}"#).overwrites == nil)
  }

  /// Of one type, so that only their names can tell them apart.
  @Test func twoFieldsOfOneTypeAreNotExchanged() throws {
    struct Two: FieldList {
      let first = Field<String>.text("first", "One.", scalars: 1...9).optional
      let second = Field<String>.text("second", "Another.", scalars: 1...9).optional
      let third = Field<String>.text("third", "The last.", scalars: 1...9).defaulting(to: "c", written: "c")
    }
    let fields = Fields(Two())
    #expect(fields.names == ["first", "second", "third"])
    var reader = reader(of: #"{"second":"b"}"#, known: fields.names)
    let params = try reader.read(fields)
    #expect(params.first == nil && params.second == "b" && params.third == "c")
  }

  @Test func tellsEverythingAtOnce() {
    #expect(problems(#"{"nmae":"x","page":10}"#).map(\.name) == ["nmae", "name", "page"])
    #expect(problems(#"{"nmae":"x"}"#)[0].reason.hasSuffix("did you mean name?"))
    #expect(problems(nil).map(\.reason) == ["is missing"])
    #expect(problems("[]").map(\.reason) == ["is missing"])
    #expect(problems("[1]")[0].expected == "an object with name, page, overwrite")
    #expect(problems(#"{"name":"a","name":"b"}"#)[0].reason == "is a duplicate")
    #expect(problems(#"{"name":null}"#)[0].reason.hasPrefix("is null"))
  }

  @Test(arguments: [6, 64, 65, 70_000]) func namesTheFirstFewAndHowManyMore(_ count: Int) {
    let members = (0..<count).map { #""n\#($0)":{"a":[{},1]}"# }.joined(separator: ",")
    do throws(ParamsProblem) {
      _ = try read(#"{"name":"a",\#(members)}"#)
      Issue.record("taken")
    } catch {
      #expect(error.fields.map(\.name) == ["n0", "n1", "n2", "n3", "n4"])
      #expect(error.leftOut == count - 5)
    }
  }

  @Test func refusesAValueThatIsLongerThanAnyMayBe() {
    let long = String(repeating: "x", count: ParamsReader.valueBytes)
    let told = problems(#"{"name":"\#(long)","page":1}"#)
    #expect(told.map(\.name) == ["name"])
    #expect(told[0].reason == "is too long")
  }

  @Test func neverRepeatsAStrangeName() {
    #expect(problems(#"{"name":"a","SUAM…secret":1}"#)[0].name == "?")
    #expect(problems(#"{"name":"a","é":1}"#)[0].name == "?")
  }

  @Test(arguments: ["\u{0}", "a\u{7F}", "\u{85}", "", "abcde"]) func refusesBadTexts(_ text: String) {
    let params = JSONText(["name": .string(text)]).text
    #expect(problems(params).map(\.name) == ["name"])
  }

  @Test func countsScalars() throws { #expect(try read(#"{"name":"\ud83d\ude00\ud83d\ude00\ud83d\ude00\ud83d\ude00"}"#).name.count == 4) }

  @Test func tellsComposedFromDecomposed() {
    struct Composed: FieldList {
      let number = Field<Int>.integer("é", "Composed.", in: 1...2)
    }
    let fields = Fields(Composed())
    var reader = reader(of: #"{"e\u0301":1}"#, known: fields.names)
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
