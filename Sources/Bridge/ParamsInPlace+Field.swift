import Credentials
import JSON
import JSONRPC

/// A value by its field. Here and not in the target that has the type: there a value of any type would be read by way of its type's
/// description, at three times the cost.
extension ParamsInPlace {
  /// What it has where it is left out, too.
  mutating func value<Value>(of field: Field<Value>) throws(FieldProblem) -> Value {
    try field.read(take(field.name).map { JSONSlice(validated: $0) })
  }

  /// An id without escapes is read where it stands, which halves its cost.
  mutating func value(of field: Field<UUIDText>) throws(FieldProblem) -> UUIDText {
    let value = take(field.name)
    if let text = value.flatMap(Self.plainText), let id = UUIDText(utf8: text) { return id }
    return try field.read(value.map { JSONSlice(validated: $0) })
  }

  fileprivate mutating func value(of field: Field<Region?>) throws(FieldProblem) -> Region? {
    guard let value = take(field.name) else { return nil }
    if let text = Self.plainText(value), text.elementsEqual(Region.local.name.utf8) { return .local }
    return try field.read(JSONSlice(validated: value))
  }
}

extension BridgeContext {
  /// What may be read at once of the region that the params name; nil where nothing may, or a change of it is under way. Asked for when the
  /// method's own params are read: a region is looked for, which may warn or read a file, for no request that is refused.
  func shortReads(
    _ params: inout ParamsInPlace, isFree: (_ lane: String) -> Bool
  ) throws -> (region: Region, reads: any ShortReads)? {
    let common = Self.commonParams.list
    let scope = try params.value(of: common.scope)
    // It is answered long before any time is over.
    if let timeout = params.take(common.timeout.name) { _ = try common.timeout.read(JSONSlice(validated: timeout)) }
    guard params.areAllRead else { return nil }
    let region = try resolve(scope)
    guard isFree(Self.lane(of: region)) else { return nil }
    return shortReads(of: region).map { (region, $0) }
  }
}
