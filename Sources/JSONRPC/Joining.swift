/// Whether a mutation may be carried out together with those of its lane that come directly before and after it: to the effect, and with the
/// answers in the order, of one after the other. One that is ended early is answered at once.
package enum Joining: Equatable, Sendable {
  /// It begins when those before it have ended, and ends before those after it begin.
  case never
  case always
  /// With all but those that name the same thing: the second depends on what became of the first.
  case unlessSame(String)
}
