import Bridge
import Credentials
import JSON
import JSONRPC
import LocalBackend
import ScalewayBackend
import System

/// Puts the pieces together.
enum Wiring {
  static func local(_ options: Options, _ log: Log, serves: Bool = true) -> LocalBackend {
    LocalBackend(localSettings(options), serves: serves) { log.write(.warning, $0) }
  }

  static func context(
    _ options: Options, _ keys: ScrubbedSecrets, _ log: Log, on loop: PollLoop, _ local: LocalBackend, serves: Bool = true
  ) -> BridgeContext {
    let configuration = Configuration(keys, profile: options.profile) { log.write(.warning, $0) }
    let regions = RegionChoice(option: options.region, configuration) { log.write(.warning, $0) }
    let scaleway = ScalewayRegions(configuration, caFile: caFile(options), on: loop)
    let contextFolder = Environment.folder("XDG_CONFIG_HOME", orHome: ".config").map { $0 + "/nats/context" }
    let settings = localSettings(options)
    // What an earlier process left pending goes on at once, beside serving; where nothing is, this is one `stat`.
    if serves { local.retryPendingPushes() }
    if serves, options.resolves { local.answerLookUps { log.write(.debug, $0) } }
    let client = CredentialsClient(on: loop) { region throws(CredentialsError) in
      if region == .local { return local }
      return try scaleway.backend(of: region)
    }
    return BridgeContext(
      client: client, files: Files(protectedFolder: settings.stateFolder, contextFolder: contextFolder),
      resolveRegion: { region throws(CredentialsError) in try regions.resolve(region) }
    ) {
      let (standing, warnings) = await standing(of: local)
      let (sources, problem) = sources(options, configuration)
      return [
        JSONMember("version", .string(BridgeVersion.text))
      ] + standing + [
        JSONMember("warnings", .array(warnings + (problem.map { [.string($0)] } ?? []))),
        JSONMember("backends", .array([["region": "local", "kind": "embedded"]] + scalewayBackends)),
        JSONMember("settings", .array(sources.map { ["name": .string($0.name), "source": .string($0.source)] })),
      ]
    }
  }

  static func localSettings(_ options: Options) -> LocalSettings {
    let folder = options.state ?? Environment.folder("XDG_STATE_HOME", orHome: ".local/state").map { $0 + "/nats-credentials-bridge" }
    return LocalSettings(stateFolder: folder, natsURL: options.natsURL ?? Environment.value("NATS_URL"), listen: options.listen)
  }

  /// Certificates of one's own, as the option or OpenSSL's variable names them.
  static func caFile(_ options: Options) -> String? { options.caFile ?? Environment.value("SSL_CERT_FILE") }

  private static var scalewayBackends: [JSONValue] {
    Region.scaleway.map { ["region": .string($0.name), "kind": "scaleway"] }
  }

  /// Where each setting came from, never what it is; and what is wrong with Scaleway's, if something is.
  static func sources(_ options: Options, _ configuration: Configuration) -> (sources: [(name: String, source: String)], problem: String?) {
    let variable = ["XDG_STATE_HOME", "HOME"].first { Environment.folder($0) != nil }
    let state = options.state != nil ? "--state" : variable ?? "not set"
    let url = options.natsURL != nil ? "--nats-url" : Environment.value("NATS_URL") != nil ? "NATS_URL" : "built in"
    var sources = [
      ("region", RegionChoice(option: options.region, configuration) { _ in }.source), ("state", state), ("nats_url", url),
      ("log_level", options.logLevelIsSet ? "--log-level" : "built in"),
    ]
    if caFile(options) != nil { sources.append(("ca_file", options.caFile != nil ? "--ca-file" : "SSL_CERT_FILE")) }
    do throws(CredentialsError) {
      return (sources + (try configuration.settings().sources), nil)
    } catch { return (sources, error.message) }
  }

  private static func standing(of local: LocalBackend) async -> (members: [JSONMember], warnings: [JSONValue]) {
    func members(_ pending: JSONValue, _ unknown: JSONValue, _ difference: JSONValue) -> [JSONMember] {
      [
        JSONMember("pending_pushes", pending), JSONMember("unknown_since", unknown), JSONMember("clock_difference_ms", difference),
      ]
    }
    do throws(CredentialsError) {
      let status = try await local.status()
      let full = "an account's claims hold \(status.mostRevocations) revocations: soon it accepts no more credentials"
      let told = members(
        .int(status.pendingPushes), status.unknownSince.map { .string($0) } ?? .null, status.clockDifference.map { .int($0) } ?? .null)
      return (told, status.isNearTheLimit ? [.string(full)] : [])
    } catch {
      return (members(.null, .null, .null), [.string("the local store cannot be read: \(error.message)")])
    }
  }

  /// Enough to describe the methods; nothing in it is ever called.
  static var contextForDocuments: BridgeContext {
    let client = CredentialsClient(on: DedicatedThread()) { _ throws(CredentialsError) in
      throw CredentialsError(.notConfigured, "documents need no backend")
    }
    return BridgeContext(
      client: client, files: Files(protectedFolder: nil, contextFolder: nil),
      resolveRegion: { _ throws(CredentialsError) in throw CredentialsError(.notConfigured, "documents need no region") }, info: { [] })
  }
}
