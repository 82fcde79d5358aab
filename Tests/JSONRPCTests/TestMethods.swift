import JSON

@testable import JSONRPC

/// Lanes by their names; left out, `local`.
struct TestContext: MethodContext {
  static let commonParams = Fields(CommonParams(scope: Field<String>.text("lane", "Which lane.", scalars: 1...20).optional))

  static func lane(of scope: String) -> String { scope }
  func resolve(_ scope: String?) throws(RPCError) -> String { scope ?? "local" }
}

protocol TestMethod: RoutedMethod where Context == TestContext {}

extension TestMethod {
  static var name: String { "\(Self.self)" }
  static var summary: String { "A test's." }
  static var params: Fields<NoFields> { Fields() }
  static var result: JSONValue { ["type": "object"] }
  static var errors: [ErrorKind] { [] }
  static var examples: [Example] { [] }
  static func call(_ params: ParamValues<NoFields>, _ request: RoutedRequest<TestContext>) async throws(RPCError) -> Reply {
    Reply(.emptyObject)
  }
}

enum TestRead: TestMethod { static let effect = Effect.read }
enum TestMutation: TestMethod { static let effect = Effect.mutation }
enum TestStream: TestMethod {
  static let effect = Effect.read
  static let part: JSONValue? = ["type": "object"]
}
enum TestPing: ImmediateMethod {
  typealias Context = TestContext
  static let name = "TestPing"
  static let summary = "A test's."
  static let effect = Effect.none
  static let params = Fields()
  static let result: JSONValue = ["type": "object"]
  static let errors: [ErrorKind] = []
  static let examples: [Example] = []
  static func answer(in context: TestContext) -> JSONText { .emptyObject }
}

/// Its result says which way it went.
enum TestInPlace: TestMethod, InPlaceMethod {
  static let effect = Effect.read
  static func call(_ params: ParamValues<NoFields>, _ request: RoutedRequest<TestContext>) async throws(RPCError) -> Reply {
    Reply(JSONText("turn"))
  }
  static func answerInPlace(
    _ params: inout ParamsInPlace, in context: TestContext, isFree: (_ lane: String) -> Bool
  ) throws -> JSONText? {
    var lane = "local"
    if let named = params.take("lane") {
      guard let text = ParamsInPlace.plainText(named) else { return nil }
      lane = String(decoding: text, as: UTF8.self)
    }
    return params.areAllRead && isFree(lane) ? JSONText("in place") : nil
  }
}
