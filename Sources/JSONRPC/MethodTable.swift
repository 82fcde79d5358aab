import JSON

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The methods by name.
package struct MethodTable: Sendable {
  package let methods: [Method]
  /// All names, one behind the other, and where each ends.
  private let names: [UInt8]
  private let ends: [Int]
  /// What tells nearly all of them apart.
  private let keys: [UInt64]

  package init(_ methods: [Method]) {
    self.methods = methods
    let names = methods.map { Array($0.name.utf8) }
    self.names = names.flatMap { $0 }
    ends = names.reduce(into: []) { $0.append(($0.last ?? 0) + $1.count) }
    keys = names.map { $0.withUnsafeBytes(key(of:)) }
  }

  /// By the bytes of the name. A dozen keys are compared faster than one name is hashed.
  func find(_ name: UnsafeRawBufferPointer) -> Method? {
    let wanted = key(of: name)
    for (index, key) in keys.enumerated() where key == wanted && has(name, at: index) { return methods[index] }
    return nil
  }

  private func has(_ name: UnsafeRawBufferPointer, at index: Int) -> Bool {
    let first = index > 0 ? ends[index - 1] : 0
    guard ends[index] - first == name.count, let other = name.baseAddress else { return false }
    return names.withUnsafeBytes { known in known.baseAddress.map { memcmp($0 + first, other, name.count) == 0 } ?? false }
  }

  package func find(_ name: String) -> Method? { Array(name.utf8).withUnsafeBytes { find($0) } }

  /// What to say about a name that is not in the table; the name itself is never repeated.
  package func unknownMethod(_ name: String) -> RPCError {
    let nearest = nearestName(to: name, among: methods.map(\.name))
    let hint = nearest.map { "; did you mean \($0)?" } ?? "; rpc.discover lists them"
    return RPCError(.methodNotFound, "there is no such method" + hint, details: nearest.map { [JSONMember("nearest", .string($0))] } ?? [])
  }
}

/// The length and the last eight bytes of a name; of a short one all its bytes.
private func key(of name: UnsafeRawBufferPointer) -> UInt64 {
  let count = name.count
  if count >= 8 { return name.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self) ^ UInt64(count) }
  return name.reduce(0) { $0 &<< 8 | UInt64($1) }
}
