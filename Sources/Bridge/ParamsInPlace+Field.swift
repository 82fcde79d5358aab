import Credentials
import JSON
import JSONRPC

extension ParamsInPlace {
  /// The value of a field, or what it has where it is left out. Here and not in the target that has the type: there a value of any type would
  /// be read by way of its type's description, at three times the cost.
  mutating func value<Value>(of field: Field<Value>) throws(FieldProblem) -> Value { try field.read(take(field.name)) }
}

extension BridgeContext {
  /// What may be read at once of the region that the params name; nil where nothing may, or a change of it is under way.
  func shortReads(
    _ params: inout ParamsInPlace, isFree: (_ lane: String) -> Bool
  ) throws -> (region: Region, reads: any ShortReads)? {
    let common = Self.commonParams.list
    let region = try resolve(params.value(of: common.scope))
    // It is answered long before any time is over.
    _ = try params.value(of: common.timeout)
    guard isFree(Self.lane(of: region)) else { return nil }
    return shortReads(of: region).map { (region, $0) }
  }
}
