/// What a configuration file says: the top level, the profiles and which of them is the active one.
struct ProfileFile: Sendable {
  typealias Values = [ScalewayKey: YAMLScalar]

  private(set) var topLevel: Values = [:]
  /// By the bytes of their names: Swift's texts would take two spellings of one letter for the same.
  private var profiles: [[UInt8]: Values] = [:]
  private(set) var activeProfile: YAMLScalar?

  /// Keys of other programs' are passed over, whatever they hold.
  init(_ bytes: [UInt8]) throws(YAMLProblem) {
    let entries = try YAMLReader.read(bytes)
    topLevel = try Self.values(entries)
    for entry in entries {
      switch entry.key {
      case "active_profile": activeProfile = try Self.scalar(entry)
      case "profiles":
        for profile in try Self.mapping(entry) { profiles[Array(profile.key.utf8)] = try Self.values(Self.mapping(profile)) }
      default: continue
      }
    }
  }

  func profile(_ name: String) -> Values? { profiles[Array(name.utf8)] }

  private static func values(_ entries: [YAMLEntry]) throws(YAMLProblem) -> Values {
    var values: Values = [:]
    for entry in entries {
      if let key = ScalewayKey(rawValue: entry.key) { values[key] = try scalar(entry) }
    }
    return values
  }

  private static func scalar(_ entry: YAMLEntry) throws(YAMLProblem) -> YAMLScalar? {
    switch entry.node {
    case .scalar(let scalar): return scalar
    case .null: return nil
    case .mapping, .list: throw entry.problem("this key has one value, not several")
    }
  }

  private static func mapping(_ entry: YAMLEntry) throws(YAMLProblem) -> [YAMLEntry] {
    switch entry.node {
    case .mapping(let entries): return entries
    case .null: return []
    case .scalar, .list: throw entry.problem("expected keys with values below this one, indented")
    }
  }
}
