import Credentials

/// Which profile counts: the command line's, then the variable's, then the file's own, then the top level.
struct ChosenProfile {
  /// Nil is the top level.
  let name: String?
  /// `--profile`, `SCW_PROFILE` or the file's path; nil if nobody chose.
  let source: String?

  /// Throws for a profile that is not there; `default` is the top level and needs no file.
  init(option: String?, _ environment: ScalewayEnvironment, _ file: ProfileFile?, _ location: ConfigurationPath) throws(CredentialsError) {
    let (asked, source): (String?, String?) =
      if let option { (option, "--profile") } else if let variable = environment.filled(ScalewayEnvironment.profile) {
        (variable, ScalewayEnvironment.profile)
      } else if let active = file?.activeProfile { (active.text.revealed, location.path) } else { (nil, nil) }
    self.source = source
    guard let asked, let source, asked != ProfileName.topLevel else {
      name = nil
      return
    }
    guard !asked.isEmpty else { throw CredentialsError(.notConfigured, "\(Self.chooser(source, location)) names no profile: it is empty") }
    guard file?.profile(asked) != nil else {
      let missing =
        location.path.map { "is not in \($0)" } ?? "cannot be found, because there is no configuration file (\(location.lookedAt))"
      throw CredentialsError(
        .notConfigured, "the profile\(ProfileName.spoken(asked)) of \(Self.chooser(source, location)) \(missing); name one that is there")
    }
    name = asked
  }

  private static func chooser(_ source: String, _ location: ConfigurationPath) -> String {
    source == location.path ? "active_profile" : source
  }
}
