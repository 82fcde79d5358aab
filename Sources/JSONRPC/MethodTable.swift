import JSON

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The methods by name.
package struct MethodTable: Sendable {
  package let methods: [Method]
  private let names: [[UInt8]]

  package init(_ methods: [Method]) {
    self.methods = methods
    names = methods.map { Array($0.name.utf8) }
  }

  /// By the bytes of the name. A dozen names are compared faster than one is hashed.
  func find(_ name: UnsafeRawBufferPointer) -> Method? {
    for (index, known) in names.enumerated() where known.count == name.count {
      if known.withUnsafeBytes({ same($0, name) }) { return methods[index] }
    }
    return nil
  }

  package func find(_ name: String) -> Method? { Array(name.utf8).withUnsafeBytes { find($0) } }

  /// What to say about a name that is not in the table; the name itself is never repeated.
  package func unknownMethod(_ name: String) -> RPCError {
    let nearest = nearestName(to: name, among: methods.map(\.name))
    let hint = nearest.map { "; did you mean \($0)?" } ?? "; rpc.discover lists them"
    return RPCError(.methodNotFound, "there is no such method" + hint, details: nearest.map { [JSONMember("nearest", .string($0))] } ?? [])
  }
}

private func same(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
  guard let left = one.baseAddress, let right = other.baseAddress else { return one.isEmpty && other.isEmpty }
  return memcmp(left, right, one.count) == 0
}
