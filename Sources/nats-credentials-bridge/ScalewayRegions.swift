import Bridge
import Credentials
import HTTP
import JSONRPC
import ScalewayBackend
import System

/// Makes the backends of Scaleway's regions, which share one HTTP client and its threads.
final class ScalewayRegions: Sendable {
  private let configuration: Configuration
  private let caFile: String?
  private let clock: RetryClock
  private let responses = ResponseExecutor(on: DedicatedThread())
  private let client = Locked<HTTPClient?>(nil)

  init(_ configuration: Configuration, caFile: String?, on loop: any TaskExecutor) {
    self.configuration = configuration
    self.caFile = caFile
    clock = .real(on: loop)
  }

  func backend(of region: Region) throws(CredentialsError) -> ScalewayBackend {
    let settings = try configuration.settings()
    guard let key = settings.secretKey else {
      let found = settings.firstFound.map { "\($0) is there, but " } ?? ""
      throw configuration.lacking(
        found + "no secret key is: set SCW_SECRET_KEY, or secret_key in the configuration file of Scaleway's tools" + region.doubt)
    }
    let transport = client.withLock { client in
      let made = client ?? HTTPClient(HTTPSettings(caFile: caFile, isInsecure: settings.isInsecure.value))
      client = made
      return made
    }
    return ScalewayBackend(
      region, key, settings, userAgent: "nats-credentials-bridge/\(BridgeVersion.text)", transport, clock, responses)
  }
}
