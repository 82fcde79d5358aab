package import Credentials

/// Reads the configuration of Scaleway as `scw` and the Go SDK do: variables, then a profile of the file, then its top level.
package struct ScalewayConfiguration {
  /// Reads it all. Throws `not_configured`, which names what was looked at and what to do, never a value.
  ///
  /// `profile` is the command line's. Only values that count are checked: one that a stronger source overrides may be anything.
  package static func read(environment: ScalewayEnvironment, profile: String?) throws(CredentialsError) -> ScalewaySettings {
    if let empty = environment.firstEmpty {
      throw CredentialsError(.notConfigured, "\(empty) is set but empty: set it or unset it")
    }
    let location = try ConfigurationPath(environment)
    let content = if let path = location.path { try ConfigurationFile(path) } else { ConfigurationFile?.none }
    let file = try parsed(content, location)
    let chosen = try ChosenProfile(option: profile, environment, file, location)
    var reading = SettingReading(SettingSources(environment: environment, path: location.path, file: file, profile: chosen))
    reading.settings.firstFound = environment.firstFound ?? location.path ?? chosen.source
    if let warning = content?.warning { reading.settings.warnings.append(warning) }
    if let path = location.path, file?.profile(ProfileName.topLevel) != nil {
      reading.settings.warnings.append("the profile default of \(path) is not used: default means the top level of the file")
    }
    try reading.readAll()
    if let source = chosen.source { reading.settings.sources.append((name: "profile", source: source)) }
    if let path = location.path { reading.settings.sources.append((name: "config_file", source: path)) }
    return reading.settings
  }

  private static func parsed(_ content: ConfigurationFile?, _ location: ConfigurationPath) throws(CredentialsError) -> ProfileFile? {
    guard let content, let path = location.path else { return nil }
    do throws(YAMLProblem) {
      return try ProfileFile(content.bytes)
    } catch {
      throw CredentialsError(.notConfigured, "the configuration file \(path) is not understood: \(error.text)")
    }
  }
}
