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
  /// Whether no region does without it.
  let isForEveryRegion: Bool
  package var passed: Bool { level != .failed }

  package init(_ subject: String, passed: Bool = true, _ text: String) { self.init(subject, passed ? .passed : .failed, text) }

  init(_ subject: String, _ level: Level, _ text: String, isForEveryRegion: Bool = false) {
    self.subject = subject
    self.level = level
    self.text = text
    self.isForEveryRegion = isForEveryRegion
  }

  /// The same where requests go to another region, the one that is named: a failure of what that does without is then a note.
  package func asked(for region: String) -> Diagnostic {
    passed || isForEveryRegion ? self : Diagnostic(subject, .note, "\(text); nothing in \(region) needs it")
  }
}
