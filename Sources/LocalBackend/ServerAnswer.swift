import JSON

/// One server's JSON answer to a request of the system account.
struct ServerAnswer {
  let server: String
  let version: String
  /// How many servers this one knows, itself included; nil if it does not say.
  let activeServers: Int?
  /// Nil if it took the claims, else its words.
  let refusal: String?
  /// Of CONNZ: connections that are alive.
  let connections: Int?

  init?(_ payload: [UInt8]) {
    guard let value = JSONSlice(parsing: payload)?.value, let name = value["server"]?["name"]?.string else { return nil }
    server = ServerProblem.quoted(name)
    version = ServerProblem.quoted(value["server"]?["ver"]?.string ?? "")
    activeServers = value["statsz"]?["active_servers"]?.int
    connections = value["data"]?["num_connections"]?.int
    if value["data"]?["code"]?.int == 200 {
      refusal = nil
    } else {
      refusal = ServerProblem.quoted(value["error"]?["description"]?.string ?? value["data"]?["message"]?.string ?? "no reason")
    }
  }

  /// CONNZ finds users by their key from 2.10 on.
  var canFindUsers: Bool {
    let parts = version.split(separator: ".").prefix(2).compactMap { Int($0) }
    return parts.count == 2 && (parts[0] > 2 || parts[0] == 2 && parts[1] >= 10)
  }
}
