import Bridge
import Credentials
import JSON
import JSONRPC
import LocalBackend

/// Puts the pieces together.
enum Wiring {
  static func context(_ options: Options, _ log: Log, on loop: PollLoop, serves: Bool = true) -> BridgeContext {
    let regions = RegionChoice(option: options.region) { log.write(.warning, $0) }
    let contextFolder = Environment.folder("XDG_CONFIG_HOME", orHome: ".config").map { $0 + "/nats/context" }
    let settings = localSettings(options)
    let local = LocalBackend(settings) { log.write(.warning, $0) }
    // What an earlier process left pending goes on at once, beside serving; where nothing is, this is one `stat`.
    if serves { local.retryPendingPushes() }
    let client = CredentialsClient(on: loop) { region throws(CredentialsError) in
      guard region == .local else { throw CredentialsError(.notConfigured, "region \(region.name) is not in this build; local is") }
      return local
    }
    return BridgeContext(
      client: client, files: Files(protectedFolder: settings.stateFolder, contextFolder: contextFolder),
      resolveRegion: { region throws(CredentialsError) in try regions.resolve(region) }
    ) {
      let (pending, warnings) = await standing(of: local)
      return [
        JSONMember("version", .string(BridgeVersion.text)), JSONMember("pending_pushes", pending), JSONMember("warnings", .array(warnings)),
        JSONMember("backends", [["region": "local", "kind": "embedded"]]),
        JSONMember("settings", .array(sources(options).map { ["name": .string($0.name), "source": .string($0.source)] })),
      ]
    }
  }

  static func localSettings(_ options: Options) -> LocalSettings {
    let folder = options.state ?? Environment.folder("XDG_STATE_HOME", orHome: ".local/state").map { $0 + "/nats-credentials-bridge" }
    return LocalSettings(stateFolder: folder, natsURL: options.natsURL ?? Environment.value("NATS_URL") ?? "nats://127.0.0.1:4222")
  }

  /// Where each setting came from, never what it is.
  static func sources(_ options: Options) -> [(name: String, source: String)] {
    let state = options.state != nil ? "--state" : Environment.value("XDG_STATE_HOME") != nil ? "XDG_STATE_HOME" : "HOME"
    let url = options.natsURL != nil ? "--nats-url" : Environment.value("NATS_URL") != nil ? "NATS_URL" : "built in"
    return [
      ("region", RegionChoice(option: options.region) { _ in }.source), ("state", state), ("nats_url", url),
      ("log_level", options.logLevelIsSet ? "--log-level" : "built in"),
    ]
  }

  private static func standing(of local: LocalBackend) async -> (pending: JSONValue, warnings: [JSONValue]) {
    do throws(CredentialsError) {
      let status = try await local.status()
      let full = "an account's claims hold \(status.mostRevocations) revocations: before long it takes no more credentials"
      return (.int(status.pendingPushes), status.isNearTheLimit ? [.string(full)] : [])
    } catch {
      return (.null, [.string("the local store cannot be read: \(error.message)")])
    }
  }

  /// Enough to describe the methods; nothing in it is ever called.
  static var contextForDocuments: BridgeContext {
    let client = CredentialsClient(on: PollLoop()) { _ throws(CredentialsError) in
      throw CredentialsError(.notConfigured, "documents need no backend")
    }
    return BridgeContext(
      client: client, files: Files(protectedFolder: nil, contextFolder: nil),
      resolveRegion: { _ throws(CredentialsError) in throw CredentialsError(.notConfigured, "documents need no region") }, info: { [] })
  }
}
