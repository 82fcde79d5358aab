/// The gate of a method: reads named params by a list of fields and refuses what the list does not know.
package struct ParamsReader {
  /// No value that a method takes is longer, however it is written. What is longer is never copied or decoded.
  package static let valueBytes = 64 << 10
  /// So many parameters are named that are unknown, duplicate or too long; of the others there is only the number.
  private static let namedProblems = 5

  private var values: [String: JSONSlice] = [:]
  private var problems: [FieldProblem] = []
  private var problemsLeftOut = 0
  private let known: [String]

  /// `known` are all names the method takes; an empty array is the same as no params.
  package init(_ params: ParamsText?, known: [String]) {
    self.known = known
    guard let params else { return }
    if params.isList {
      let expected = known.isEmpty ? "no parameters" : "an object with " + known.joined(separator: ", ")
      problems.append(FieldProblem(name: "params", reason: "go by name, not by position", expected: expected))
      return
    }
    for member in params.members.first { take(params.name(of: member), params.value(of: member)) }
    problemsLeftOut += params.members.count - params.members.first.count
  }

  private mutating func take(_ text: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
    // No known name is longer, with every character written as \uXXXX.
    let name = text.count <= 40 * 6 ? decodeJSONString(Array(text)[...]) : nil
    // Looked up among the known names, not stored under the caller's text: Swift's Dictionary takes NFC and NFD for one key.
    guard let knownName = name.flatMap({ name in known.first { sameScalars($0, name) } }) else {
      // To look for the nearest name takes its time, so not for one that is not told.
      if problems.count < Self.namedProblems { problems.append(unknown(name ?? "")) } else { problemsLeftOut += 1 }
      return
    }
    if values[knownName] != nil {
      add(FieldProblem(name: knownName, reason: "is a duplicate", expected: "each name once"))
    } else if value.count > Self.valueBytes {
      add(FieldProblem(name: knownName, reason: "is too long", expected: "at most \(Self.valueBytes) bytes"))
    } else {
      values[knownName] = JSONSlice(validated: value)
    }
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
    if problems.isEmpty { do { return try fields.read { values[$0] } } catch {} }
    // One that was too long is there, so it is not said to be missing.
    let told = Set(problems.map(\.name))
    let more = fields.problems { values[$0] }.filter { !told.contains($0.name) }
    throw ParamsProblem(fields: problems + more, leftOut: problemsLeftOut)
  }
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
