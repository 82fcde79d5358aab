import NATSClient

/// The nats-server's configuration of a state folder: `nats-server -c nats-server.conf` trusts what this bridge signs.
struct ServerConfiguration {
  let address: NATSAddress
  let serverName: String
  let folder: StateDirectory
  let systemAccount: String
  let systemToken: String

  var text: String {
    """
    # Written once by nats-credentials-bridge for its own state folder. Lines may be added and changed.
    listen: \(quoted(address.listen))
    server_name: \(quoted(serverName))
    operator: \(quoted(folder.operatorToken))
    system_account: \(systemAccount)
    # Accounts made while the server is down are read from here when it starts.
    resolver: { type: full, dir: \(quoted(folder.resolver)), allow_delete: false, interval: "30s", timeout: "1.9s" }
    resolver_preload: { \(systemAccount): \(systemToken) }
    # A client that does not read is cut off after this, also one whose credential was deleted.
    write_deadline: "2s"
    # Here the bridge sees which of its servers run, and where.
    ports_file_dir: \(quoted(folder.path))
    jetstream { store_dir: \(quoted(folder.path + "/jetstream")) }

    """
  }

  private func quoted(_ text: String) -> String { Self.quoted(text) }

  static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
