/// What there is to undo about a result whose message the pipe did not wholly accept.
package struct Compensation: Sendable {
  /// Does it, and returns the line for stderr that says what became of it.
  package let compensate: @Sendable () async -> String
  /// The line for stderr if there was no time.
  package let leftUndone: String

  package init(ifNoTime leftUndone: String, compensate: @escaping @Sendable () async -> String) {
    self.compensate = compensate
    self.leftUndone = leftUndone
  }
}
