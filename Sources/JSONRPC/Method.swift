package import JSON

/// One entry of the method table: an `RPCMethod` with its types behind closures.
package struct Method: Sendable {
  package let name: String
  package let summary: String
  package let effect: Effect
  /// All names it takes with their schemas, place and `timeout_ms` included.
  package let params: [(name: String, schema: JSONValue, isRequired: Bool)]
  package let result: JSONValue
  package let part: JSONValue?
  package let errors: [ErrorKind]
  package let examples: [Example]
  /// Reads the params and resolves the place.
  let prepare: @Sendable (JSONSlice?) throws(RPCError) -> PreparedCall

  package var isStream: Bool { part != nil }

  package init<M: ImmediateMethod>(_ method: M.Type, in context: M.Context) {
    self.init(describing: method, params: M.params.schemas) { (slice) throws(RPCError) in
      let values = try Self.read(M.params, slice)
      return PreparedCall(
        lane: nil, timeoutMilliseconds: nil, work: .immediate { () throws(RPCError) in try M.answer(values, in: context) })
    }
  }

  package init<M: PlacelessMethod>(_ method: M.Type, in context: M.Context) {
    self.init(describing: method, params: M.params.schemas) { (slice) throws(RPCError) in
      let values = try Self.read(M.params, slice)
      return PreparedCall(
        lane: nil, timeoutMilliseconds: Limits.defaultTimeoutMilliseconds,
        work: .routed { (_) throws(RPCError) in Reply(try await M.call(values, in: context)) })
    }
  }

  private static func read<List: FieldList>(_ fields: List, _ slice: JSONSlice?) throws(RPCError) -> List.Values {
    do throws(ParamsProblem) {
      var reader = ParamsReader(slice, known: fields.names)
      return try reader.read(fields)
    } catch { throw RPCError(error) }
  }

  package init<M: RoutedMethod>(_ method: M.Type, in context: M.Context) {
    let common = Fields(M.Context.placeField, timeoutField)
    let names = M.params.names + common.names
    self.init(describing: method, params: M.params.schemas + common.schemas) { (slice) throws(RPCError) in
      let values: M.Params.Values
      let (place, timeout): (M.Context.Place?, Int)
      do throws(ParamsProblem) {
        var reader = ParamsReader(slice, known: names)
        values = try reader.read(M.params)
        (place, timeout) = try reader.read(common)
      } catch { throw RPCError(error) }
      let resolved = try context.resolve(place)
      return PreparedCall(
        lane: M.Context.lane(of: resolved), timeoutMilliseconds: timeout,
        work: .routed { (exchange) throws(RPCError) in
          try await M.call(values, RoutedRequest(context: context, place: resolved, exchange: exchange))
        })
    }
  }

  private init<M: RPCMethod>(
    describing method: M.Type, params: [(name: String, schema: JSONValue, isRequired: Bool)],
    prepare: @escaping @Sendable (JSONSlice?) throws(RPCError) -> PreparedCall
  ) {
    name = M.name
    summary = M.summary
    effect = M.effect
    self.params = params
    result = M.result
    part = M.part
    errors = M.errors
    examples = M.examples
    self.prepare = prepare
  }
}

private let timeoutField = Field.integer(
  "timeout_ms", "How long the answer may take, in milliseconds; for a stream, each page.", in: Limits.timeoutMilliseconds
).defaulting(to: Limits.defaultTimeoutMilliseconds, written: .int(Limits.defaultTimeoutMilliseconds))

/// A request whose params were read: everything it needs to run, and nothing of its line.
struct PreparedCall: Sendable {
  enum Work: Sendable {
    case immediate(@Sendable () throws(RPCError) -> JSONText)
    case routed(@Sendable (Exchange) async throws(RPCError) -> Reply)
    /// Was refused while output was clogged; the refusal waits for its turn like everything else.
    case refused(RPCError)
  }

  let lane: String?
  let timeoutMilliseconds: Int?
  let work: Work
}
