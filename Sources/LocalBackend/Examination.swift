import CLibraries
package import Credentials
import NATSAuth

/// Looks at everything the embedded backend needs. Blocks, and changes nothing where no store is.
package struct Examination {
  private let settings: LocalSettings
  private let world: World
  private static let milliseconds = 2_000

  package init(_ settings: LocalSettings, world: World = .real) {
    self.settings = settings
    self.world = world
  }

  package func findings() -> [Finding] {
    let libraries = [libcrypto, sqlite]
    guard libraries.allSatisfy(\.isWell) else { return libraries }
    guard let path = settings.stateFolder else {
      return libraries + [Finding("state folder", isWell: false, "there is no place for it: set HOME or XDG_STATE_HOME, or give --state")]
    }
    guard StateFolder.exists(path + "/store.db") || StateFolder.exists(path + "/operator.jwt") else {
      return libraries + [Finding("state folder", "\(path): nothing there yet; the first request for the region local makes it")]
    }
    do throws(StoreProblem) {
      let store = try OpenStore(settings, world)
      return libraries + [
        Finding("state folder", "\(store.folder.path): its owner's alone" + (store.folder.isWritable ? "" : ", read-only")),
        try check(store), try pending(store), try clock(store), try server(store),
      ]
    } catch {
      return libraries + [Finding("store", isWell: false, error.credentialsError(outcome: .none).message)]
    }
  }

  private var libcrypto: Finding {
    do throws(CryptoError) {
      try openCrypto()
      return Finding("libcrypto", "found")
    } catch {
      return Finding("libcrypto", isWell: false, StoreProblem(error).credentialsError(outcome: .none).message)
    }
  }

  private var sqlite: Finding {
    do throws(StoreProblem) {
      try Database.openLibrary()
      return Finding("SQLite", "found, version \(String(cString: ncb_sqlite_version()))")
    } catch {
      return Finding("SQLite", isWell: false, error.credentialsError(outcome: .none).message)
    }
  }

  private func check(_ store: OpenStore) throws(StoreProblem) -> Finding {
    let said = try store.database.first("PRAGMA quick_check(1)") { $0.text(0) } ?? "nothing"
    let (accounts, credentials) = (try rows("accounts", store), try rows("credentials", store))
    return said == "ok"
      ? Finding("store", "sound: \(accounts) accounts, \(credentials) credentials")
      : Finding("store", isWell: false, "damaged; bring it back from a copy: \(ServerProblem.quoted(said))")
  }

  private func rows(_ list: String, _ store: OpenStore) throws(StoreProblem) -> Int64 {
    try store.database.first("SELECT rows FROM counts WHERE list = ? AND scope = ''", [.text(list)]) { $0.int(0) } ?? 0
  }

  private func pending(_ store: OpenStore) throws(StoreProblem) -> Finding {
    let status = try LocalStatus(store.database)
    guard status.pendingPushes > 0 else { return Finding("pending pushes", "none") }
    var servers: Set<String> = []
    try store.database.run(
      """
      SELECT a.server_name FROM pending_pushes p CROSS JOIN acknowledgements a ON a.account_id = p.account_id
      WHERE a.claims_iat < p.claims_iat
      """
    ) { servers.insert($0.text(0)) }
    let named = servers.sorted().prefix(20).map(ServerProblem.quoted)
    let behind = named.isEmpty ? "" : "; servers that are behind: \(named.joined(separator: ", "))"
    return Finding(
      "pending pushes", isWell: false,
      "\(status.pendingPushes) accounts\(behind). They go on while a bridge serves; a server that is gone for good: "
        + "doctor --forget-server NAME")
  }

  private func clock(_ store: OpenStore) throws(StoreProblem) -> Finding {
    let newest = try store.database.first("SELECT max(claims_iat) FROM accounts") { $0.int(0) } ?? 0
    let behind = newest - world.now() / 1_000_000
    return behind > 60
      ? Finding("clock", isWell: false, "\(behind) s behind the newest claims: it went back, or the store is from another machine")
      : Finding("clock", "not behind the store")
  }

  private func server(_ store: OpenStore) throws(StoreProblem) -> Finding {
    let login = try store.systemLogin(for: "*")
    let deadline = Deadline(milliseconds: Self.milliseconds)
    do throws(ServerProblem) {
      let connection = try NATSConnection(store.address, deadline)
      try connection.logIn(token: login.token, key: login.key, deadline)
      return Finding("nats-server", "\(connection.info.name), version \(connection.info.version), at \(store.address.url): ours")
    } catch {
      let fix = error.reason == .refused ? "; start it: nats-server -c \(store.folder.configuration)" : ""
      let known = error.reason == .notOurs ? "not ours: it does not know this store's operator. " : ""
      return Finding("nats-server", isWell: false, "\(store.address.url): \(known)\(error.message)\(fix)")
    }
  }

  /// Takes a server that is gone for good out of the list of those that must hear of every deletion. False if it is not in it.
  package func forgetServer(_ name: String) throws(CredentialsError) -> Bool {
    do throws(StoreProblem) { return try OpenStore(settings, world).forgetServer(name) } catch {
      throw error.credentialsError(outcome: .none)
    }
  }
}
