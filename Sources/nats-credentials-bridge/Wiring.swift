import Bridge
import Credentials
import JSON
import JSONRPC
import LocalBackend

/// Puts the pieces together.
enum Wiring {
  static func context(_ options: Options, _ log: Log) -> BridgeContext {
    let regions = RegionChoice(option: options.region) { log.write(.warning, $0) }
    let stateFolder = options.state ?? Environment.folder("XDG_STATE_HOME", orHome: ".local/state").map { $0 + "/nats-credentials-bridge" }
    let contextFolder = Environment.folder("XDG_CONFIG_HOME", orHome: ".config").map { $0 + "/nats/context" }
    let settings = LocalSettings(
      stateFolder: stateFolder, natsURL: options.natsURL ?? Environment.value("NATS_URL") ?? "nats://127.0.0.1:4222")
    let client = CredentialsClient { region throws(CredentialsError) in
      guard region == .local else { throw CredentialsError(.notConfigured, "region \(region.name) is not in this build; local is") }
      return LocalBackend(settings) { log.write(.warning, $0) }
    }
    let stateSource = options.state != nil ? "--state" : Environment.value("XDG_STATE_HOME") != nil ? "XDG_STATE_HOME" : "HOME"
    let urlSource = options.natsURL != nil ? "--nats-url" : Environment.value("NATS_URL") != nil ? "NATS_URL" : "built in"
    return BridgeContext(
      client: client, files: Files(protectedFolder: stateFolder, contextFolder: contextFolder),
      resolveRegion: { region throws(CredentialsError) in try regions.resolve(region) }
    ) {
      [
        JSONMember("version", .string(BridgeVersion.text)),
        JSONMember("backends", [["region": "local", "kind": "embedded"]]),
        JSONMember(
          "settings",
          [
            ["name": "region", "source": .string(regions.source)], ["name": "state", "source": .string(stateSource)],
            ["name": "nats_url", "source": .string(urlSource)],
            ["name": "log_level", "source": .string(options.logLevelIsSet ? "--log-level" : "built in")],
          ]),
      ]
    }
  }

  /// Enough to describe the methods; nothing in it is ever called.
  static var contextForDocuments: BridgeContext {
    let client = CredentialsClient { _ throws(CredentialsError) in throw CredentialsError(.notConfigured, "documents need no backend") }
    return BridgeContext(
      client: client, files: Files(protectedFolder: nil, contextFolder: nil),
      resolveRegion: { _ throws(CredentialsError) in throw CredentialsError(.notConfigured, "documents need no region") }, info: { [] })
  }
}
