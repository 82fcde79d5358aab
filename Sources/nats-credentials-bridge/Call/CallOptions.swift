/// What `call` takes beside the method and its parameters.
struct CallOptions: Equatable {
  /// What a result is printed as.
  enum Output: String, CaseIterable {
    case table, json, lines
  }

  /// Every row of a list, however many.
  var all = false
  /// Whether params come on stdin, too.
  var readsParams = false
  var errors = ErrorForm.text
  /// The only member that is printed.
  var field: FieldPath?
  /// Nil: a table of what is listed where somebody looks, and JSON otherwise.
  var output: Output?
}
