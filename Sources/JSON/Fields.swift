import Synchronization

/// A declaration of parameters: a type whose stored properties are fields, in the order in which documents list them.
///
///     struct Params: FieldList {
///       let name = Field<String>.text("name", "Its name.", scalars: 1...64)
///       let saveTo = Field<String>.text("save_to", "Where to write it.", scalars: 1...4096).optional
///     }
///
/// Each value is read by the property of its field, as `params.saveTo`: there is no position by which two of one type could be exchanged.
package protocol FieldList: Sendable {}

/// Takes no parameters.
package struct NoFields: FieldList {
  package init() {}
}

/// The fields of a list, for reading them and for documents. A class, because they are looked up once for all requests.
package final class Fields<List: FieldList>: Sendable {
  package let list: List
  /// Made when somebody asks: a request that is answered in place knows its fields, and the reflection would be a fifth of a process's first.
  private let listed = AtomicLazyReference<ListedFields>()

  package init(_ list: List) { self.list = list }

  private var all: [any ListedField] { fields.all }
  /// The names in their order.
  package var names: [String] { fields.names }

  private var fields: ListedFields { listed.load() ?? listed.storeIfNil(ListedFields(of: list)) }

  /// The JSON Schema of each parameter with its name, in their order.
  package var schemas: [(name: String, schema: JSONValue, isRequired: Bool)] { all.map { ($0.name, $0.schema, $0.isRequired) } }

  /// Reads the values, which are given in the order of the fields, and perhaps others' after them; nil is one that was left out. Throws what is
  /// wrong with the first that is refused.
  package func read(_ slices: ArraySlice<JSONSlice?>) throws(FieldProblem) -> ParamValues<List> {
    // Once a request: each look at what was made when somebody asked costs hundreds of instructions.
    let fields = fields
    var values: [any AnyObject & Sendable] = []
    values.reserveCapacity(fields.all.count)
    for (field, slice) in zip(fields.all, slices) { values.append(try field.readValue(slice)) }
    return ParamValues(list: list, fields: fields, values: values)
  }

  /// Everything that is refused, for the error.
  package func problems(_ slices: ArraySlice<JSONSlice?>) -> [FieldProblem] {
    var problems: [FieldProblem] = []
    for (field, slice) in zip(all, slices) {
      do { _ = try field.readValue(slice) } catch { problems.append(error) }
    }
    return problems
  }
}

extension Fields where List == NoFields {
  package convenience init() { self.init(NoFields()) }
}

/// The values of one request, each by the property of its field.
@dynamicMemberLookup
package struct ParamValues<List: FieldList>: Sendable {
  fileprivate let list: List
  fileprivate let fields: ListedFields
  /// In the order of the fields, each a `FieldValue` of its field's type.
  fileprivate let values: [any AnyObject & Sendable]

  /// How many values were read.
  var count: Int { values.count }

  package subscript<Value>(dynamicMember field: KeyPath<List, Field<Value>>) -> Value { value(of: list[keyPath: field]) }

  /// The same by the field itself, for generic code: there a key path would be made anew each time, which costs more than all the reading.
  package func value<Value>(of field: Field<Value>) -> Value {
    guard let index = fields.all.firstIndex(where: { $0 === field }) else { preconditionFailure("this is no field of \(List.self)") }
    // It was made by this very field, so it is of its type; to ask the runtime for that cost 800 instructions a value.
    return unsafeDowncast(values[index], to: FieldValue<Value>.self).value
  }
}

/// The fields of a list, looked up by reflection: so none can be declared and then forgotten.
private final class ListedFields: Sendable {
  let all: [any ListedField]
  let names: [String]

  init(of list: some FieldList) {
    all = Mirror(reflecting: list).children.map { property in
      guard let field = property.value as? any ListedField else { preconditionFailure("a property of \(type(of: list)) is no field") }
      return field
    }
    names = all.map(\.name)
    precondition(Set(names).count == names.count, "two fields of \(type(of: list)) have one name")
  }
}

/// A field of any type.
private protocol ListedField: AnyObject, Sendable {
  var name: String { get }
  var schema: JSONValue { get }
  var isRequired: Bool { get }
  /// A `FieldValue` of the field's type.
  func readValue(_ slice: JSONSlice?) throws(FieldProblem) -> any AnyObject & Sendable
}

extension Field: ListedField {
  fileprivate func readValue(_ slice: JSONSlice?) throws(FieldProblem) -> any AnyObject & Sendable {
    if slice == nil, let leftOut { return leftOut }
    return FieldValue(try read(slice))
  }
}
