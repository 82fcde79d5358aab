package import JSON

/// What every method takes that goes out into the world: the place it is for, and how long it may take.
package struct CommonParams<Place: Sendable>: FieldList {
  let place: Field<Place?>
  let timeout = Field.integer(
    "timeout_ms", "How long the answer may take, in milliseconds; for a stream, each page.", in: Limits.timeoutMilliseconds
  ).defaulting(to: Limits.defaultTimeoutMilliseconds, written: .int(Limits.defaultTimeoutMilliseconds))

  /// `place` is the optional parameter that names the place.
  package init(place: Field<Place?>) { self.place = place }
}
