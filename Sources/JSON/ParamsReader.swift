#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The gate of a method: reads named params by a list of fields and refuses what the list does not know.
package struct ParamsReader {
  /// No value that a method takes is longer, however it is written. What is longer is never copied or decoded.
  package static let valueBytes = 64 << 10
  /// So many parameters are named that are unknown, duplicate or too long; of the others there is only the number.
  private static let namedProblems = 5
  /// The longest name that is decoded.
  private static let nameBytes = 40 * 6

  /// All names that are taken, in the order in which their lists are read, and beside each the value that came with it.
  private let known: [String]
  private var values: [JSONSlice?]
  /// So many of the names belong to lists that were read.
  private var readCount = 0
  private var problems: [FieldProblem] = []
  private var problemsLeftOut = 0

  /// `known` are all names the method takes: those of the lists that will be read, in the order in which they will be. An empty array is the
  /// same as no params.
  package init(_ params: ParamsText?, known: [String]) {
    self.known = known
    values = Array(repeating: nil, count: known.count)
    guard let params else { return }
    if params.isList {
      let expected = known.isEmpty ? "no parameters" : "an object with " + known.joined(separator: ", ")
      problems.append(FieldProblem(name: "params", reason: "go by name, not by position", expected: expected))
      return
    }
    for member in params.members.first { take(params.name(of: member), params.value(of: member)) }
    problemsLeftOut += params.members.count - params.members.first.count
  }

  private mutating func take(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
    guard let index = known.firstIndex(where: { same($0, name) }) ?? indexOfEscaped(name) else { return takeUnknown(name) }
    if values[index] != nil {
      add(FieldProblem(name: known[index], reason: "is a duplicate", expected: "each name once"))
    } else if value.count > Self.valueBytes {
      add(FieldProblem(name: known[index], reason: "is too long", expected: "at most \(Self.valueBytes) bytes"))
    } else {
      values[index] = JSONSlice(validated: value)
    }
  }

  /// A known name, written with escapes. Compared scalar by scalar, because Swift takes NFC and NFD for one text.
  private func indexOfEscaped(_ name: UnsafeRawBufferPointer) -> Int? {
    // No known name is longer, with every character written as \uXXXX.
    guard name.count <= Self.nameBytes, name.contains(UInt8(ascii: "\\")) else { return nil }
    let decoded = decodeJSONString(Array(name)[...])
    return known.firstIndex { sameScalars($0, decoded) }
  }

  private mutating func takeUnknown(_ name: UnsafeRawBufferPointer) {
    // To look for the nearest name takes its time, so not for one that is not told.
    guard problems.count < Self.namedProblems else {
      problemsLeftOut += 1
      return
    }
    problems.append(unknown(name.count <= Self.nameBytes ? decodeJSONString(Array(name)[...]) : ""))
  }

  private mutating func add(_ problem: FieldProblem) {
    if problems.count < Self.namedProblems { problems.append(problem) } else { problemsLeftOut += 1 }
  }

  private func unknown(_ name: String) -> FieldProblem {
    let nearest = nearestName(to: name, among: known).map { "; did you mean \($0)?" } ?? ""
    let expected = known.isEmpty ? "no parameters" : known.joined(separator: ", ")
    return FieldProblem(name: harmless(name) ?? "?", reason: "is not a parameter of this method" + nearest, expected: expected)
  }

  /// A name may stand in an error only if it cannot be a secret or a trick: `[a-z][a-z0-9_]{0,39}`.
  private func harmless(_ name: String) -> String? {
    guard let first = name.utf8.first, UInt8(ascii: "a")...UInt8(ascii: "z") ~= first, name.utf8.count <= 40 else { return nil }
    let allowed = name.utf8.allSatisfy {
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: "_")
    }
    return allowed ? name : nil
  }

  /// Reads one more list; several lists may share one object.
  package mutating func read<List: FieldList>(_ fields: Fields<List>) throws(ParamsProblem) -> ParamValues<List> {
    if problems.isEmpty {
      do {
        let read = try fields.read(values[readCount...])
        readCount += read.count
        return read
      } catch {}
    }
    let own = values[readCount..<readCount + fields.names.count]
    readCount += own.count
    // One that was too long is there, so it is not said to be missing.
    let told = Set(problems.map(\.name))
    let more = fields.problems(own).filter { !told.contains($0.name) }
    throw ParamsProblem(fields: problems + more, leftOut: problemsLeftOut)
  }
}

/// A known name needs no escapes, so what came without any is compared as it stands.
private func same(_ known: String, _ name: UnsafeRawBufferPointer) -> Bool {
  guard known.utf8.count == name.count, let start = name.baseAddress else { return false }
  var known = known
  return known.withUTF8 { $0.baseAddress.map { memcmp($0, start, name.count) == 0 } ?? false }
}

/// Why params are refused, field by field.
package struct ParamsProblem: Error, Sendable {
  package let fields: [FieldProblem]
  /// How many more there are.
  package let leftOut: Int

  package init(fields: [FieldProblem], leftOut: Int = 0) {
    self.fields = fields
    self.leftOut = leftOut
  }
}
