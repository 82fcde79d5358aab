import Credentials
import ScalewayBackend
import System

/// What is configured for Scaleway: read once, at the first request that needs it; a reading that failed, or that lacked what was needed, is
/// tried again at the next, so that a file can be fixed under a running bridge.
final class Configuration: Sendable {
  private let environment: ScalewayEnvironment
  private let profile: String?
  private let warn: @Sendable (String) -> Void
  private let known = Locked(Known())

  /// A type of its own: for a tuple with a set, the runtime would look at every start whether a `String` is `Hashable`, through all conformances
  /// of the program.
  private struct Known {
    var settings: ScalewaySettings?
    var warned: Set<String> = []
  }

  init(_ keys: ScrubbedSecrets, profile: String?, warn: @escaping @Sendable (String) -> Void) {
    environment = ScalewayEnvironment { name in keys.value(name) ?? Environment.raw(name) }
    self.profile = profile
    self.warn = warn
  }

  /// `not_configured` says what was looked at and what is wrong with it.
  func settings() throws(CredentialsError) -> ScalewaySettings {
    if let settings = known.withLock({ $0.settings }) { return settings }
    let settings = try ScalewayConfiguration.read(environment: environment, profile: profile)
    let news = known.withLock { known in
      known.settings = settings
      return settings.warnings.filter { known.warned.insert($0).inserted }
    }
    for warning in news { warn(warning) }
    return settings
  }

  /// What was read lacks something, and is a response: it is read again at the next request.
  func lacking(_ message: String) -> CredentialsError {
    known.withLock { $0.settings = nil }
    return CredentialsError(.notConfigured, message)
  }
}
