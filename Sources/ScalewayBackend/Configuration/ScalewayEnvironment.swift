/// The variables of the process, as the configuration asks for them.
package struct ScalewayEnvironment: Sendable {
  private let look: @Sendable (String) -> String?

  /// `value` answers nil for a variable that is not set, and an empty text for one that is set but empty.
  package init(_ value: @escaping @Sendable (String) -> String?) { look = value }

  /// Every variable that counts as a setting of Scaleway's, the newest names first. Among them is what holds the key.
  package static let variables: [String] =
    ScalewayKey.allCases.map(\.variable) + [profile, configurationPath] + ScalewayKey.allCases.flatMap(\.oldVariables).uniqued

  static let profile = "SCW_PROFILE"
  static let configurationPath = "SCW_CONFIG_PATH"

  /// The value as it is, perhaps empty.
  func value(_ name: String) -> String? { look(name) }

  /// For names and paths: an empty one counts as not set.
  func filled(_ name: String) -> String? {
    guard let value = look(name), !value.isEmpty else { return nil }
    return value
  }

  /// The first variable that is set, though it be empty.
  var firstFound: String? {
    Self.variables.first { Self.mayBeEmpty($0) ? filled($0) != nil : value($0) != nil }
  }

  /// The first variable that says nothing where it must say something: in scripts that is a broken secret, never a wish.
  var firstEmpty: String? { Self.variables.first { !Self.mayBeEmpty($0) && value($0)?.isEmpty == true } }

  private static func mayBeEmpty(_ name: String) -> Bool { name == profile || name == configurationPath }
}

extension [String] {
  /// Each text once, where it comes first.
  fileprivate var uniqued: [String] { reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }
}
