import Credentials

/// The sources a setting may come from, strongest first: variables, the chosen profile, the top level of the file.
struct SettingSources {
  /// A value that was found, not yet checked.
  struct Found {
    let text: Secret
    /// A variable's name, or the file and the profile.
    let source: String
    /// What a message calls it.
    let label: String
    /// A variable of years ago.
    var isOld = false
    /// Nil for a variable; else whether it stands in the file without quotes.
    var isPlain: Bool?
  }

  let environment: ScalewayEnvironment
  /// Nil if there is no file.
  let path: String?
  let file: ProfileFile?
  let profile: ChosenProfile

  func find(_ key: ScalewayKey) -> Found? { variable(key) ?? entry(key) }

  private func variable(_ key: ScalewayKey) -> Found? {
    for name in [key.variable] + key.oldVariables {
      guard let value = environment.value(name), key.mayBe(value, in: name) else { continue }
      return Found(text: Secret(value), source: name, label: name, isOld: name != key.variable)
    }
    return nil
  }

  private func entry(_ key: ScalewayKey) -> Found? {
    guard let file, let path else { return nil }
    if let name = profile.name, let scalar = file.profile(name)?[key] {
      return found(key, scalar, in: "profile\(ProfileName.spoken(name)) of \(path)")
    }
    return file.topLevel[key].map { found(key, $0, in: path) }
  }

  private func found(_ key: ScalewayKey, _ scalar: YAMLScalar, in source: String) -> Found {
    Found(text: scalar.text, source: source, label: "\(key.rawValue) of \(source)", isPlain: scalar.isPlain)
  }
}

extension ScalewayKey {
  /// Whether a variable's value is meant for this key: one old variable held either of the two keys.
  fileprivate func mayBe(_ value: String, in variable: String) -> Bool {
    guard variable == Self.oldKey else { return true }
    return UUIDText(value) == nil ? self == .accessKey : self == .secretKey
  }
}
