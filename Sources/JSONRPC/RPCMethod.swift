package import JSON

/// One method, declared exactly once: dispatch, gate, schemas, documents and the typing of the command line follow from this.
package protocol RPCMethod: SendableMetatype {
  associatedtype Context: MethodContext
  associatedtype Params: FieldList
  static var name: String { get }
  static var summary: String { get }
  static var effect: Effect { get }
  /// Without the scope and `timeout_ms`, which every method with an effect takes.
  static var params: Fields<Params> { get }
  /// JSON Schema of the result.
  static var result: JSONValue { get }
  /// JSON Schema of the `value` of its `$/progress` notifications, if it streams.
  static var part: JSONValue? { get }
  /// Beyond those of the protocol.
  static var errors: [ErrorKind] { get }
  static var examples: [Example] { get }
}

extension RPCMethod {
  package static var part: JSONValue? { nil }

  static var paramSchemas: [Method.ParamSchema] { params.schemas }
}

/// A method that takes no params and waits for nothing: answered in place, on the wire's thread, before the next line is read.
package protocol ImmediateMethod: RPCMethod {
  static func answer(in context: Context) -> JSONText
}

/// A method that belongs to no scope and must wait for something all the same. It never waits for other requests.
package protocol UnscopedMethod: RPCMethod {
  static func call(_ params: ParamValues<Params>, in context: Context) async throws(RPCError) -> JSONText
}

/// A method that goes out into the world.
package protocol RoutedMethod: RPCMethod {
  /// Of a mutation: whether it may be carried out together with others.
  static func joining(_ params: ParamValues<Params>) -> Joining
  static func call(_ params: ParamValues<Params>, _ request: RoutedRequest<Context>) async throws(RPCError) -> Reply
}

extension RoutedMethod {
  package static func joining(_ params: ParamValues<Params>) -> Joining { .never }
}

/// A read that may be had at once, such as one row of a store that is open: answered in place, on the wire's thread, before the next line
/// is read.
package protocol InPlaceMethod: RoutedMethod {
  /// The result that `call` would give; nil, or any error, wherever it is not at hand, anything could block or anything is unusual: then
  /// `call` is made. `isFree` says of a lane whether no change of it is under way; where one is there is no answer in place.
  static func answerInPlace(_ params: inout ParamsInPlace, in context: Context, isFree: (_ lane: String) -> Bool) throws -> JSONText?
}

/// What a routed method is given beside its params.
package struct RoutedRequest<Context: MethodContext>: Sendable {
  package let context: Context
  package let scope: Context.Scope
  package let sender: any PartSender

  package init(context: Context, scope: Context.Scope, sender: any PartSender) {
    self.context = context
    self.scope = scope
    self.sender = sender
  }
}

/// A result, and what is to be done if its line cannot be delivered.
package struct Reply: Sendable {
  /// One JSON text together: the wire's thread puts no long one together.
  package let pieces: [[UInt8]]
  let compensation: Compensation?

  package init(_ result: JSONText, compensation: Compensation? = nil) {
    pieces = [result.bytes]
    self.compensation = compensation
  }

  /// Trusts its maker, as `JSONText` does.
  package init(validated pieces: [[UInt8]]) {
    self.pieces = pieces
    compensation = nil
  }

  var byteCount: Int { pieces.reduce(0) { $0 + $1.count } }
}

/// A request and its response, for the documents; run by the tests.
package struct Example: Sendable {
  package let name: String
  package let params: JSONValue
  package let result: JSONValue

  package init(_ name: String, params: JSONValue, result: JSONValue) {
    self.name = name
    self.params = params
    self.result = result
  }
}
