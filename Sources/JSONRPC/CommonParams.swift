package import JSON

/// What every method takes that goes out into the world: the scope it is for, and how long it may take.
package struct CommonParams<Scope: Sendable>: FieldList {
  package let scope: Field<Scope?>
  package let timeout = Field.integer(
    "timeout_ms", "How long the response may take, in milliseconds; for a stream, each page.", in: Limits.timeoutMilliseconds
  ).defaulting(to: Limits.defaultTimeoutMilliseconds, written: .int(Limits.defaultTimeoutMilliseconds))

  /// `scope` is the optional parameter that names the scope.
  package init(scope: Field<Scope?>) { self.scope = scope }
}
