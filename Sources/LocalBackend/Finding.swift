/// One thing that was looked at, for people.
package struct Finding: Sendable {
  package let subject: String
  package let isWell: Bool
  /// What was found, and where it is not well, what to do. Never a secret.
  package let text: String

  package init(_ subject: String, isWell: Bool = true, _ text: String) {
    self.subject = subject
    self.isWell = isWell
    self.text = text
  }
}
