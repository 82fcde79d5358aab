/// The gate of a method: reads named params by a list of fields and refuses what the list does not know.
package struct ParamsReader {
  private var values: [String: JSONSlice] = [:]
  private var problems: [FieldProblem] = []

  /// `params` is an object, an array or absent; an empty array is the same as absent. `known` are all names the method takes.
  package init(_ params: JSONSlice?, known: [String]) {
    guard let params else { return }
    if params.kind == .array, !params.elements.isEmpty {
      let expected = known.isEmpty ? "no parameters" : "an object with " + known.joined(separator: ", ")
      problems.append(FieldProblem(name: "params", reason: "go by name, not by position", expected: expected))
      return
    }
    for (name, value) in params.members {
      // Looked up among the known names, not stored under the caller's text: Swift's Dictionary takes NFC and NFD for one key.
      guard let knownName = known.first(where: { sameScalars($0, name) }) else {
        problems.append(unknown(name, known))
        continue
      }
      if values.updateValue(value, forKey: knownName) != nil {
        problems.append(FieldProblem(name: knownName, reason: "stands twice", expected: "each name once"))
      }
    }
  }

  private func unknown(_ name: String, _ known: [String]) -> FieldProblem {
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
  package mutating func read<List: FieldList>(_ list: List) throws(ParamsProblem) -> List.Values {
    if problems.isEmpty {
      do { return try list.read { values[$0] } } catch {}
    }
    throw ParamsProblem(fields: problems + list.problems { values[$0] })
  }
}

/// Why params are refused, field by field.
package struct ParamsProblem: Error, Sendable {
  package let fields: [FieldProblem]

  package init(fields: [FieldProblem]) { self.fields = fields }
}
