/// A list of parameters with its values as a tuple.
package protocol FieldList: Sendable {
  associatedtype Values: Sendable
  /// The names in their order.
  var names: [String] { get }
  /// The JSON Schema of each parameter with its name, in their order.
  var schemas: [(name: String, schema: JSONValue, isRequired: Bool)] { get }
  /// Reads the values; `value` gives the slice of a name. Throws what is wrong with the first that is refused.
  func read(_ value: (String) -> JSONSlice?) throws(FieldProblem) -> Values
  /// Everything that is refused, for the error.
  func problems(_ value: (String) -> JSONSlice?) -> [FieldProblem]
}

package struct Fields<each Value: Sendable>: FieldList {
  private let fields: (repeat Field<each Value>)

  package init(_ fields: repeat Field<each Value>) { self.fields = (repeat each fields) }

  package var names: [String] {
    var names: [String] = []
    repeat names.append((each fields).name)
    return names
  }

  package var schemas: [(name: String, schema: JSONValue, isRequired: Bool)] {
    var schemas: [(name: String, schema: JSONValue, isRequired: Bool)] = []
    repeat schemas.append(((each fields).name, (each fields).schema, (each fields).isRequired))
    return schemas
  }

  package func read(_ value: (String) -> JSONSlice?) throws(FieldProblem) -> (repeat each Value) {
    (repeat try (each fields).read(value((each fields).name)))
  }

  package func problems(_ value: (String) -> JSONSlice?) -> [FieldProblem] {
    var problems: [FieldProblem] = []
    func check<V>(_ field: Field<V>) {
      do { _ = try field.read(value(field.name)) } catch { problems.append(error) }
    }
    repeat check(each fields)
    return problems
  }
}
