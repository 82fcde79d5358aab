/// One thing that was looked at, for people.
package struct Diagnostic: Sendable {
  package enum Level: Sendable {
    case passed
    /// Worth knowing, and no reason for `doctor` to fail.
    case note
    case failed
  }

  package let subject: String
  package let level: Level
  /// What was found, and where it is not well, what to do. Never a secret.
  package let text: String
  package var passed: Bool { level != .failed }

  package init(_ subject: String, _ level: Level, _ text: String) {
    self.subject = subject
    self.level = level
    self.text = text
  }

  package init(_ subject: String, passed: Bool = true, _ text: String) { self.init(subject, passed ? .passed : .failed, text) }

  /// The same where nothing that is needed depends on it: a failure is then a note. `region` is the one that is needed.
  package func notNeeded(in region: String) -> Diagnostic {
    passed ? self : Diagnostic(subject, .note, "\(text); nothing in \(region) needs it")
  }
}
