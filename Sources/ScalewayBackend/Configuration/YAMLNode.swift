import Credentials

/// What stands behind a key of the configuration file.
indirect enum YAMLNode: Sendable {
  /// Nothing, `~` or `null`.
  case null
  case scalar(YAMLScalar)
  case mapping([YAMLEntry])
  /// A list of scalars. Nothing of ours is one, so what it holds is read, and forgotten.
  case list
}

/// One value, kept as a secret because it may be one.
struct YAMLScalar: Sendable {
  let text: Secret
  /// Written without quotes: only such a value can be a boolean.
  let isPlain: Bool
}

/// One `key: value`.
struct YAMLEntry: Sendable {
  let key: String
  let line: Int
  let column: Int
  let node: YAMLNode

  func problem(_ reason: String) -> YAMLProblem { YAMLProblem(line: line, column: column, reason: reason) }
}
