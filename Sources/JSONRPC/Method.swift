package import JSON

/// One entry of the method table: an `RPCMethod` with its types behind closures. A class, because every line looks one up. What only
/// documents ask for is asked of the type when they do: a start makes no schemas.
package final class Method: Sendable {
  package let name: String
  package let effect: Effect
  /// Reads the params and resolves the scope.
  let prepare: @Sendable (ParamsText?) throws(RPCError) -> PreparedCall
  /// The result at once, where nothing has to be waited for; nil from it: the request goes the way of all others. `isFree` says of a lane
  /// whether no change of it is under way.
  let answerInPlace: InPlaceAnswer?
  private let type: any RPCMethod.Type
  private let commonParams: @Sendable () -> [ParamSchema]

  typealias InPlaceAnswer = @Sendable (_ params: ParamsText?, _ isFree: (_ lane: String) -> Bool) -> JSONText?
  package typealias ParamSchema = (name: String, schema: JSONValue, isRequired: Bool)

  package var summary: String { type.summary }
  /// All names it takes with their schemas, scope and `timeout_ms` included.
  package var params: [ParamSchema] { type.paramSchemas + commonParams() }
  package var result: JSONValue { type.result }
  package var part: JSONValue? { type.part }
  package var errors: [ErrorKind] { type.errors }
  package var examples: [Example] { type.examples }
  package var isStream: Bool { type.part != nil }

  package convenience init<M: ImmediateMethod>(_ method: M.Type, in context: M.Context) {
    let answer: @Sendable () -> JSONText = { M.answer(in: context) }
    self.init(describing: method, answerInPlace: { params, _ in params == nil ? answer() : nil }) { (params) throws(RPCError) in
      _ = try Self.read(M.params, params)
      return PreparedCall(lane: nil, timeoutMilliseconds: nil, work: .immediate(answer))
    }
  }

  package convenience init<M: UnscopedMethod>(_ method: M.Type, in context: M.Context) {
    self.init(describing: method) { (params) throws(RPCError) in
      let values = try Self.read(M.params, params)
      return PreparedCall(
        lane: nil, timeoutMilliseconds: Limits.defaultTimeoutMilliseconds,
        work: .routed { (_) throws(RPCError) in Reply(try await M.call(values, in: context)) })
    }
  }

  private static func read<List: FieldList>(_ fields: Fields<List>, _ params: ParamsText?) throws(RPCError) -> ParamValues<List> {
    do throws(ParamsProblem) {
      var reader = ParamsReader(params, known: fields.names)
      return try reader.read(fields)
    } catch { throw RPCError(error) }
  }

  package convenience init<M: InPlaceMethod>(_ method: M.Type, in context: M.Context) {
    self.init(routed: method, in: context) { params, isFree in
      do {
        var reader = ParamsInPlace(params)
        return try M.answerInPlace(&reader, in: context, isFree: isFree)
      } catch {
        // What is wrong, `prepare` says.
        return nil
      }
    }
  }

  package convenience init<M: RoutedMethod>(_ method: M.Type, in context: M.Context) { self.init(routed: method, in: context) }

  private convenience init<M: RoutedMethod>(routed method: M.Type, in context: M.Context, answerInPlace: InPlaceAnswer? = nil) {
    self.init(describing: method, answerInPlace: answerInPlace, commonParams: { M.Context.commonParams.schemas }) {
      (params) throws(RPCError) in
      let commonFields = M.Context.commonParams
      let values: ParamValues<M.Params>
      let common: ParamValues<CommonParams<M.Context.Scope>>
      do throws(ParamsProblem) {
        var reader = ParamsReader(params, known: M.params.names + commonFields.names)
        values = try reader.read(M.params)
        common = try reader.read(commonFields)
      } catch { throw RPCError(error) }
      let resolved = try context.resolve(common.value(of: commonFields.list.scope))
      return PreparedCall(
        lane: M.Context.lane(of: resolved), timeoutMilliseconds: common.value(of: commonFields.list.timeout),
        work: .routed { (sender) throws(RPCError) in
          try await M.call(values, RoutedRequest(context: context, scope: resolved, sender: sender))
        }, joining: M.effect == .mutation && M.Context.joinsMutations(in: resolved) ? M.joining(values) : .never)
    }
  }

  private init<M: RPCMethod>(
    describing method: M.Type, answerInPlace: InPlaceAnswer? = nil,
    commonParams: @escaping @Sendable () -> [ParamSchema] = { [] },
    prepare: @escaping @Sendable (ParamsText?) throws(RPCError) -> PreparedCall
  ) {
    name = M.name
    effect = M.effect
    type = method
    self.answerInPlace = answerInPlace
    self.commonParams = commonParams
    self.prepare = prepare
  }
}

/// A request whose params were read: everything it needs to run, and nothing of its line.
struct PreparedCall: Sendable {
  enum Work: Sendable {
    case immediate(@Sendable () -> JSONText)
    case routed(@Sendable (any PartSender) async throws(RPCError) -> Reply)
    /// Was refused while output was clogged; the refusal waits for its turn like everything else.
    case refused(RPCError)
  }

  let lane: String?
  let timeoutMilliseconds: Int?
  let work: Work
  var joining = Joining.never
}
