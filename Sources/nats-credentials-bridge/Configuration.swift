import Credentials
import ScalewayBackend
import Synchronization

/// What is configured for Scaleway: read once, at the first request that needs it; a reading that failed is tried again at the next, so
/// that a file can be mended under a running bridge.
final class Configuration: Sendable {
  private let environment: ScalewayEnvironment
  private let profile: String?
  private let warn: @Sendable (String) -> Void
  private let known = Mutex<ScalewaySettings?>(nil)

  init(_ keys: TakenKeys, profile: String?, warn: @escaping @Sendable (String) -> Void) {
    environment = ScalewayEnvironment { name in keys.value(name) ?? Environment.raw(name) }
    self.profile = profile
    self.warn = warn
  }

  /// `not_configured` says what was looked at and what is wrong with it.
  func settings() throws(CredentialsError) -> ScalewaySettings {
    if let settings = known.withLock({ $0 }) { return settings }
    let settings = try ScalewayConfiguration.read(environment: environment, profile: profile)
    known.withLock { $0 = settings }
    for warning in settings.warnings { warn(warning) }
    return settings
  }
}
