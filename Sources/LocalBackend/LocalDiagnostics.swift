import CLibraries
import Credentials
import NATSAuth
import NATSClient
package import System

/// Looks at everything the embedded backend needs, and compares what is with what the store says should be. Blocks, and changes nothing.
package struct LocalDiagnostics {
  let settings: LocalSettings
  let inputs: SystemInputs

  package init(_ settings: LocalSettings, inputs: SystemInputs = .real) {
    self.settings = settings
    self.inputs = inputs
  }

  package func diagnostics() -> [Diagnostic] {
    let libraries = [libcrypto, sqlite]
    guard libraries.allSatisfy(\.passed) else { return libraries }
    guard let path = settings.stateFolder else {
      return libraries + [Diagnostic("state folder", passed: false, LocalSettings.noStateFolder)]
    }
    guard StateDirectory.exists(path + "/store.db") || StateDirectory.exists(path + "/operator.jwt") else {
      return libraries + [Diagnostic("state folder", "\(path): does not exist yet; the first request for the region local creates it")]
    }
    do throws(StoreProblem) {
      let store = try OpenStore(settings, inputs, looking: true)
      return libraries
        + [
          Diagnostic("state folder", "\(store.folder.path): private (0700)" + (store.folder.isWritable ? "" : ", read-only")),
          try check(store), try claimsFiles(store), try configuration(store), try pending(store), try unknown(store), try clock(store),
        ].compactMap(\.self) + (try servers(store))
    } catch {
      return libraries + [Diagnostic("store", passed: false, error.credentialsError(outcome: .none).message)]
    }
  }

  /// It checks the secrets of Scaleway's regions, too.
  private var libcrypto: Diagnostic {
    do throws(CryptoError) {
      try openCrypto()
      return Diagnostic("libcrypto", "found")
    } catch {
      return Diagnostic("libcrypto", .failed, StoreProblem(error).credentialsError(outcome: .none).message, isForEveryRegion: true)
    }
  }

  private var sqlite: Diagnostic {
    do throws(StoreProblem) {
      try Database.openLibrary()
      return Diagnostic("SQLite", "found, version \(String(cString: ncb_sqlite_version()))")
    } catch {
      return Diagnostic("SQLite", passed: false, error.credentialsError(outcome: .none).message)
    }
  }

  private func check(_ store: OpenStore) throws(StoreProblem) -> Diagnostic {
    let said = try store.database.first("PRAGMA quick_check(1)") { $0.text(0) } ?? "nothing"
    let (accounts, credentials) = (try rows("accounts", store), try rows("credentials", store))
    return said == "ok"
      ? Diagnostic("store", "sound: \(accounts) accounts, \(credentials) credentials")
      : Diagnostic("store", passed: false, "damaged; bring it back from a copy: \(NATSClientError.quoted(said))")
  }

  private func rows(_ list: String, _ store: OpenStore) throws(StoreProblem) -> Int64 {
    try store.database.first("SELECT rows FROM counts WHERE list = ? AND scope = ''", [.text(list)]) { $0.int(0) } ?? 0
  }

  private func claimsFiles(_ store: OpenStore) throws(StoreProblem) -> Diagnostic {
    let differences = try store.differences(withUnwritten: true)
    guard !differences.isEmpty else { return Diagnostic("claims files", "as the store says") }
    let told = differences.prefix(20).map(\.text) + (differences.count > 20 ? ["and \(differences.count - 20) more"] : [])
    return Diagnostic("claims files", passed: false, told.joined(separator: "; ") + "; doctor --repair fixes it")
  }

  private func configuration(_ store: OpenStore) throws(StoreProblem) -> Diagnostic {
    guard let bytes = try StateDirectory.read(store.folder.configuration), StateDirectory.exists(store.folder.operatorToken) else {
      return Diagnostic("nats-server.conf", passed: false, "it or operator.jwt is missing; doctor --repair writes it")
    }
    let file = ServerConfigurationFile(String(decoding: bytes, as: UTF8.self))
    let strange = file.lines(unlike: try store.configuration())
    if !strange.isEmpty {
      return Diagnostic(
        "nats-server.conf", passed: false,
        "not this store's: \(strange.joined(separator: ", ")); doctor --repair writes these lines, then restart nats-server")
    }
    guard file.portsFolder != nil else {
      return Diagnostic(
        "nats-server.conf", passed: false, "it has no ports_file_dir; doctor --repair adds it, then reload nats-server (--signal reload)")
    }
    return Diagnostic("nats-server.conf", "listens on \(store.endpoint.listen)")
  }

  private func pending(_ store: OpenStore) throws(StoreProblem) -> Diagnostic {
    let status = try LocalStatus(store.database)
    guard status.pendingPushes > 0 else { return Diagnostic("pending pushes", "none") }
    var servers: Set<String> = []
    try store.database.run(
      """
      SELECT a.server_name FROM pending_pushes p CROSS JOIN acknowledgements a ON a.account_id = p.account_id
      WHERE a.claims_iat < p.claims_iat
      """
    ) { servers.insert($0.text(0)) }
    let named = servers.sorted().prefix(20).map(NATSClientError.quoted)
    let behind = named.isEmpty ? "" : "; servers that are behind: \(named.joined(separator: ", "))"
    return Diagnostic(
      "pending pushes", passed: false,
      "\(status.pendingPushes) accounts\(behind). They continue while a bridge serves; a server that is gone for good: "
        + "doctor --forget-server NAME")
  }

  /// Nil where nothing is unknown.
  private func unknown(_ store: OpenStore) throws(StoreProblem) -> Diagnostic? {
    guard store.version >= 2 else { return nil }
    var accounts: [String] = []
    try store.database.run(
      "SELECT id, unknown_since, unknown_until FROM accounts WHERE unknown_since IS NOT NULL ORDER BY id LIMIT 20"
    ) {
      let (since, until) = (UTCTime(microseconds: $0.int(1)), UTCTime(microseconds: $0.int(2)))
      accounts.append("of account \($0.text(0)) made between \(since.text) and \(until.text)")
    }
    guard !accounts.isEmpty else { return nil }
    return Diagnostic(
      "unknown credentials", passed: false,
      "an older copy of the store was restored: credentials \(accounts.joined(separator: ", ")) are unknown here and still work. "
        + "credentials.revoke ends one by its user_key, or with issued_before all that were issued up to then")
  }

  private func clock(_ store: OpenStore) throws(StoreProblem) -> Diagnostic {
    let now = inputs.now()
    let counted = (try store.database.first("SELECT max(claims_iat) FROM accounts") { $0.int(0) } ?? 0) - now / 1_000_000
    let committed =
      store.version >= 2 ? try store.database.first("SELECT max(committed_at) FROM accounts") { $0.int(0) } ?? 0 : 0
    let behind = (committed - now) / 1_000_000
    if behind > 60 {
      return Diagnostic("clock", passed: false, "\(behind) s behind the newest change: it went back, or the store is from another machine")
    }
    // Each change of an account counts one second further, so many of them run ahead of the clock. That is no harm.
    return Diagnostic(
      "clock", counted > 60 ? "not behind the store, whose claims have counted \(counted) s ahead of it" : "not behind the store")
  }
}
