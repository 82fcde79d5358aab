import Credentials
import ScalewayBackend
import System

/// Which region a request means. `local` written out is always allowed; unwritten, it is the default only where nothing of Scaleway's is
/// configured: a broken variable in CI must never mint a local credential in silence.
final class RegionChoice: Sendable {
  private let option: Region?
  private let configuration: Configuration
  private let warn: @Sendable (String) -> Void
  private let hasWarned = Locked(false)

  init(option: Region?, _ configuration: Configuration, warn: @escaping @Sendable (String) -> Void) {
    self.option = option
    self.configuration = configuration
    self.warn = warn
  }

  func resolve(_ asked: Region?) throws(CredentialsError) -> Region {
    if let asked { asked } else { try defaultRegion() }
  }

  /// Where the default comes from, for `bridge.info`.
  var source: String {
    if option != nil { return "--region" }
    if localIsWritten { return "SCW_DEFAULT_REGION" }
    do throws(CredentialsError) {
      let settings = try configuration.settings()
      if let region = settings.defaultRegion { return region.source }
      return settings.isEmpty ? "built in: local, because nothing of Scaleway's is configured" : "not set"
    } catch { return "not set: the configuration cannot be used" }
  }

  /// It needs nothing of Scaleway's, so nothing that is wrong there may stand in its way.
  private var localIsWritten: Bool { Environment.raw("SCW_DEFAULT_REGION") == Region.local.name }

  private func defaultRegion() throws(CredentialsError) -> Region {
    if let option { return option }
    if localIsWritten { return .local }
    let settings = try configuration.settings()
    if let region = settings.defaultRegion { return region.value }
    if let found = settings.firstFound {
      throw configuration.lacking(
        "\(found) is there but no region is: set SCW_DEFAULT_REGION, or give --region or the parameter region")
    }
    let isFirst = hasWarned.withLock { hasWarned in
      defer { hasWarned = true }
      return !hasWarned
    }
    if isFirst { warn("no region is configured: using local, the embedded backend") }
    return .local
  }
}
