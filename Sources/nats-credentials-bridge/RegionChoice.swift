import Credentials
import Synchronization

/// Which region a request means. `local` written out is always allowed; unwritten, it is the default only where nothing of Scaleway's is
/// configured: a broken variable in CI must never mint a local credential in silence.
final class RegionChoice: Sendable {
  private let option: Region?
  private let warn: @Sendable (String) -> Void
  private let hasWarned = Mutex(false)

  init(option: Region?, warn: @escaping @Sendable (String) -> Void) {
    self.option = option
    self.warn = warn
  }

  func resolve(_ asked: Region?) throws(CredentialsError) -> Region {
    let region = if let asked { asked } else { try defaultRegion() }
    guard region == .local else {
      throw CredentialsError(.notConfigured, "region \(region.name) is not in this build; local is")
    }
    return region
  }

  /// Where the default comes from, for `bridge.info`.
  var source: String {
    if option != nil { return "--region" }
    if Environment.value("SCW_DEFAULT_REGION") != nil { return "SCW_DEFAULT_REGION" }
    return scalewaySetting == nil ? "built in: local, because nothing of Scaleway's is configured" : "not set"
  }

  private func defaultRegion() throws(CredentialsError) -> Region {
    if let option { return option }
    if let text = Environment.value("SCW_DEFAULT_REGION") {
      guard let region = Region(text) else { throw CredentialsError(.notConfigured, "SCW_DEFAULT_REGION is not a region's name") }
      return region
    }
    if let setting = scalewaySetting {
      throw CredentialsError(
        .notConfigured, "\(setting) is there but no region is: set SCW_DEFAULT_REGION, or give --region or the parameter region")
    }
    let isFirst = hasWarned.withLock { hasWarned in
      defer { hasWarned = true }
      return !hasWarned
    }
    if isFirst { warn("no region is configured: using local, the embedded backend") }
    return .local
  }

  /// The first thing of Scaleway's that is found: a variable's name or the configuration file's path.
  private var scalewaySetting: String? {
    if let variable = Environment.scalewayVariables.first(where: { Environment.value($0) != nil }) { return variable }
    guard let folder = Environment.folder("XDG_CONFIG_HOME", orHome: ".config") else { return nil }
    return ["config.yaml", "config.yml"].map { folder + "/scw/" + $0 }.first { Environment.exists($0) }
  }
}
