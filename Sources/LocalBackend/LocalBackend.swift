package import Credentials
package import System

/// The embedded backend: region `local`. Mints real NATS credentials, keeps their metadata, never their secrets. Cheap to make: no file
/// is touched before the first call.
package struct LocalBackend: CredentialsBackend {
  private static let emptyingMilliseconds = 500
  /// After a first read in place, how long the look at files leaves the machine to the requests, or to the end of a process that has but one:
  /// it opens libcrypto, which takes 4 MiB and longer than the read.
  private static let undisturbedMilliseconds = 200

  private let store: LocalStore
  private let reconciler: Reconciler
  private let reads: LocalShortReads
  private let statusReader = StatusReader()
  private let stateFolder: String?
  private let serves: Bool

  /// `serves`: lives long enough to look at every claims file beside the first request. `warn` is told what went wrong without failing a call.
  package init(
    _ settings: LocalSettings, inputs: SystemInputs = .real, serves: Bool = false, warn: @escaping @Sendable (String) -> Void
  ) {
    store = LocalStore(settings: settings, inputs: inputs, warn: warn)
    reconciler = Reconciler(store: store, warn: warn)
    stateFolder = settings.stateFolder
    self.serves = serves
    reads = LocalShortReads(settings, store.opening) { [reconciler] in
      Self.retryPendingPushes(in: settings.stateFolder, reconciler)
      if serves { reconciler.lookAtFilesOnce(afterMilliseconds: Self.undisturbedMilliseconds) }
    }
  }

  package var shortReads: (any ShortReads)? { reads }

  /// Whether some nats-server has not heard of some claims: one `stat`, without opening anything.
  package var hasPendingPushes: Bool { Self.hasPendingPushes(in: stateFolder) }

  private static func hasPendingPushes(in folder: String?) -> Bool { folder.map { StateDirectory.exists($0 + "/pending") } ?? false }

  /// Whether an older store is being migrated, which takes half a minute for a million rows.
  package var isMigrating: Bool { store.isMigrating.withLock { $0 } }

  /// Blocks until no store is being migrated: for the end of a process whose request did not wait for that. Broken off, it would be begun anew by
  /// the next, and never end where none has the time.
  package func waitForMigration() { store.waitForMigration() }

  /// Goes on with what an earlier process, or another one, left pending; beside whatever else is done.
  package func retryPendingPushes() { Self.retryPendingPushes(in: stateFolder, reconciler) }

  private static func retryPendingPushes(in folder: String?, _ reconciler: Reconciler) {
    if hasPendingPushes(in: folder) { reconciler.goOn() }
  }

  /// From now on answers nats-servers that ask for an account's claims. `note` is told what was answered, and what keeps it from answering.
  package func answerLookUps(note: @escaping @Sendable (String) -> Void) {
    LookUpResponder(store.settings, store.inputs, note: note).start()
  }

  /// Begun when the first request has found the store open, or a while after one that was read in place: a look that waited for a store which another process holds would hold up every
  /// request behind it, also those that are cancelled.
  private func lookAtFiles() {
    if serves { reconciler.lookAtFilesOnce() }
  }

  /// Mends what differs from what the store says: files, the servers' claims, what is pending. Gives what was done, for people; makes no
  /// store where there is none.
  package func repair() async throws(CredentialsError) -> [String] {
    guard let stateFolder, StateDirectory.exists(stateFolder + "/store.db") else { return [] }
    var done: [String] = []
    for difference in try await statusReader.differences(of: store.settings, store.inputs, withUnwritten: true) {
      for account in try await store.mend(difference) { await tell(account, "\(difference.text): written", &done) }
    }
    done += try await store.repairServerFiles()
    for account in try await statusReader.accountsBehind(store.settings, store.inputs) {
      _ = try await store.changing { store throws(StoreProblem) in try store.commitAnew(account) }
      await tell(account, "account \(account): the server had other claims", &done)
    }
    for account in try await store.reading({ store throws(StoreProblem) in try store.pendingAccounts() }) {
      await tell(account, "account \(account): was pending", &done)
    }
    return done
  }

  private func tell(_ account: String, _ what: String, _ done: inout [String]) async {
    let report = await reconciler.push(account)
    let told = report.silent.map { "\($0.server): \($0.message)" }.joined(separator: "; ")
    done.append(what + (report.isDone ? "; acknowledged by every server" : "; not acknowledged by every server (\(told))"))
  }

  /// Takes a server that is gone for good out of the list of those that must hear of every deletion. False if it is not in it; makes no
  /// store where there is none.
  package func forgetServer(_ name: String) async throws(CredentialsError) -> Bool {
    guard let stateFolder, StateDirectory.exists(stateFolder + "/store.db") else { return false }
    return try await store.transact { store throws(StoreProblem) in try store.forgetServer(name) }
  }

  /// For `bridge.info`. Waits for no change that is under way.
  package func status() async throws(CredentialsError) -> LocalStatus { try await statusReader.status(ofStoreIn: stateFolder) }

  private func read<Result: Sendable>(
    _ body: @Sendable (OpenStore) throws(StoreProblem) -> Result
  ) async throws(CredentialsError) -> Result {
    retryPendingPushes()
    let result = try await store.reading(body)
    lookAtFiles()
    return result
  }

  /// Commits a change, during which nothing is read in place: each that a request asks for goes by here.
  private func commit<Result: Sendable>(
    joining: Bool = false, usingReserve: Bool = false, _ body: @escaping @Sendable (OpenStore) throws(StoreProblem) -> Result
  ) async throws(CredentialsError) -> (result: Result, claims: Set<String>) {
    retryPendingPushes()
    let committed = try await reads.aside { () throws(CredentialsError) in
      try await store.changing(joining: joining, usingReserve: usingReserve, body)
    }
    lookAtFiles()
    return committed
  }

  /// A change, and then the pushes it makes due; false if a server has not heard of it, nil if none had to.
  private func change<Result: Sendable>(
    joining: Bool = false, _ body: @escaping @Sendable (OpenStore) throws(StoreProblem) -> Result
  ) async throws(CredentialsError) -> (result: Result, pushed: Bool?) {
    let (result, claims) = try await commit(joining: joining, body)
    var pushed: Bool?
    for account in claims { pushed = await reconciler.push(account).isDone && pushed ?? true }
    return (result, pushed)
  }

  /// Records a deletion, then waits until every server has heard of it. Nil from `body`: there is no such thing.
  private func delete(
    _ resource: String, _ id: String, joining: Bool = false, _ body: @escaping @Sendable (OpenStore) throws(StoreProblem) -> String?
  ) async throws(CredentialsError) -> PushReport {
    let deleted = try await commit(joining: joining, usingReserve: true) { store throws(StoreProblem) in
      try body(store).map { account throws(StoreProblem) in (account: account, isClosing: try store.isClosing(account)) }
    }
    guard let (account, isClosing) = deleted.result else { throw .notFound(resource, id) }
    let report = await reconciler.push(account)
    guard report.isDone else { throw .revocationPending(report, resource, id) }
    // The rows of a closed account go in steps, one a push. Those of a large one go on after the answer, and are listed as revoking until then.
    let emptying = Deadline(milliseconds: Self.emptyingMilliseconds)
    while isClosing, !emptying.isOver {
      guard try await store.reading({ store throws(StoreProblem) in try store.isClosing(account) }) else { return report }
      _ = await reconciler.push(account)
    }
    retryPendingPushes()
    return report
  }

  package func deleteCredential(_ id: CredentialID) async throws(CredentialsError) {
    _ = try await delete("credentials", id.text, joining: true) { store throws(StoreProblem) in try store.revoke(id) }
  }

  package func deleteAccount(_ id: AccountID, keepingStreams: Bool) async throws(CredentialsError) -> Bool? {
    let report = try await delete("account", id.text) { store throws(StoreProblem) in
      try store.close(id.text, keepingStreams: keepingStreams) ? id.text : nil
    }
    // Another push, whose report nobody waited for, may have done it.
    if let isPurged = report.isPurged { return isPurged }
    return try await store.reading { store throws(StoreProblem) in try store.isPurged(id.text) }
  }

  package func revoke(_ revocation: Revocation, in id: AccountID) async throws(CredentialsError) -> Int {
    let account = id.text
    let (ended, _) = try await commit(usingReserve: true) { store throws(StoreProblem) in try store.revoke(revocation, in: account) }
    guard let ended else { throw .notFound("account", account) }
    let report = await reconciler.push(account)
    guard report.isDone else { throw .revocationPending(report, "account", account) }
    return ended
  }

  package func renameAccount(_ id: AccountID, _ name: String) async throws(CredentialsError) -> Account {
    let (renamed, pushed) = try await change { store throws(StoreProblem) in try store.rename(id.text, name) }
    guard var account = renamed else { throw .notFound("account", id.text) }
    account.pushed = pushed
    return account
  }

  package func listCredentials(_ query: CredentialsQuery, page: Int, size: Int) async throws(CredentialsError) -> Page<RowsText> {
    try await read { store throws(StoreProblem) in try store.rows.page(ListSQL(query, in: store.version), page, size: size) }
  }

  package func nextCredentials(
    _ query: CredentialsQuery, size: Int, after position: StreamPosition?
  ) async throws(CredentialsError) -> StreamPage<RowsText> {
    try await read { store throws(StoreProblem) in try store.rows.next(ListSQL(query, in: store.version), size: size, after: position) }
  }

  package func createCredential(_ draft: CredentialDraft) async throws(CredentialsError) -> IssuedCredential {
    var (issued, pushed) = try await change(joining: true) { store throws(StoreProblem) in try store.createCredential(draft) }
    issued.pushed = pushed
    return issued
  }

  package func getCredential(_ id: CredentialID) async throws(CredentialsError) -> Credential {
    let found = try await read { store throws(StoreProblem) in try store.credential(id) }
    guard let found else { throw .notFound("credentials", id.text) }
    return found
  }

  package func listAccounts(_ query: AccountsQuery, page: Int, size: Int) async throws(CredentialsError) -> Page<RowsText> {
    try await read { store throws(StoreProblem) in try store.rows.page(ListSQL(query), page, size: size) }
  }

  package func nextAccounts(
    _ query: AccountsQuery, size: Int, after position: StreamPosition?
  ) async throws(CredentialsError) -> StreamPage<RowsText> {
    try await read { store throws(StoreProblem) in try store.rows.next(ListSQL(query), size: size, after: position) }
  }

  package func createAccount(_ draft: AccountDraft) async throws(CredentialsError) -> Account {
    var (account, pushed) = try await change { store throws(StoreProblem) in try store.createAccount(draft) }
    account.pushed = pushed
    return account
  }

  package func getAccount(_ id: AccountID) async throws(CredentialsError) -> Account {
    let found = try await read { store throws(StoreProblem) in try store.account(id.text) }
    guard let found else { throw .notFound("account", id.text) }
    return found
  }
}
