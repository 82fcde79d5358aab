/// What there is to do about an answer whose line the pipe did not wholly accept.
package struct Aftermath: Sendable {
  /// Does it, and gives the line for stderr that says what became of it.
  package let settle: @Sendable () async -> String
  /// The line for stderr if there was no time.
  package let leftUndone: String

  package init(ifNoTime leftUndone: String, settle: @escaping @Sendable () async -> String) {
    self.settle = settle
    self.leftUndone = leftUndone
  }
}
