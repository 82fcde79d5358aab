import Credentials
import JSON
import NATSClient

/// One server's JSON answer to a request of the system account.
struct ServerAnswer {
  /// Its `server_name`, or its id where none is configured.
  let name: String
  let id: String
  let version: String
  /// The server's clock, in milliseconds since 1970; nil if it does not say.
  let time: Int64?
  /// How many servers this one knows, itself included; nil if it does not say.
  let activeServers: Int?
  /// Whether it keeps JetStream data; nil if it does not say.
  let hasJetStream: Bool?
  /// Nil if it took the claims, else its words.
  let refusal: String?
  /// A resolver that only caches: it has no copy of its own to be looked up.
  let isCache: Bool
  /// Of CONNZ: connections that are alive.
  let connections: Int?
  /// Of INFO: the claims by which logins are judged; nil while the account is not loaded, which its first login does.
  let loadedClaims: String?

  init?(_ payload: [UInt8]) {
    guard let value = JSONSlice(parsing: payload)?.value, let server = value["server"], let name = server["name"]?.string else {
      return nil
    }
    self.name = NATSClientError.quoted(name)
    id = server["id"]?.string.map(NATSClientError.quoted) ?? self.name
    version = NATSClientError.quoted(server["ver"]?.string ?? "")
    time = server["time"]?.string.flatMap { UTCTime($0) }.map { $0.microseconds / 1000 }
    activeServers = value["statsz"]?["active_servers"]?.int
    hasJetStream = server["jetstream"].map { $0 == .bool(true) }
    connections = value["data"]?["num_connections"]?.int
    loadedClaims = value["data"]?["jwt"]?.string
    let message = value["data"]?["message"]?.string
    isCache = message?.contains("cache") == true
    if value["data"]?["code"]?.int == 200 {
      refusal = nil
    } else {
      refusal = NATSClientError.quoted(value["error"]?["description"]?.string ?? message ?? "no reason")
    }
  }

  /// CONNZ finds users by their key from 2.10 on.
  var canFindUsers: Bool {
    let parts = version.split(separator: ".").prefix(2).compactMap { Int($0) }
    return parts.count == 2 && (parts[0] > 2 || parts[0] == 2 && parts[1] >= 10)
  }
}
