/// Why a configuration file is not read: where, and in our own words; never the text that stands there.
struct YAMLProblem: Error, Equatable {
  let line: Int
  /// Counts characters, from 1.
  let column: Int
  let reason: String

  var text: String { "line \(line), column \(column): \(reason)" }
}
