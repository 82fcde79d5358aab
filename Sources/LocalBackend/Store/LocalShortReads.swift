import Credentials
import JSON
import System

/// Reads of one row or one page on the caller's thread, which is the wire's. A row of which SQLite has the page in its memory takes
/// microseconds; to hand it to the store's thread and back takes forty. No key is derived and no libcrypto opened: the first one of a process
/// takes a third of what opening the store takes.
final class LocalShortReads: ShortReads {
  /// After a read that was none of this way, how long no other is tried.
  private static let pauseMilliseconds = 1_000
  /// Reading a page behind so many rows takes a millisecond more.
  private static let mostRowsSkipped = 10_000
  /// How long nothing that is to be done beside reads is looked at again.
  private static let besideMilliseconds = 1

  private struct State {
    var connection: ReadConnection?
    /// The `count` of the opening that the connection was last compared with.
    var openings = 0
    var changesUnderWay = 0
    var closedUntil = 0
    var lookedBeside = 0
  }

  private let settings: LocalSettings
  private let opening: Locked<StoreOpening>
  private let beside: @Sendable () -> Void
  /// Under a lock because changes begin and end on other threads; held while a row is read, and nobody else reads.
  private let state = Locked(State())

  /// `opening` is what the store's thread says of itself; `beside` does what a read makes due, and is called once a millisecond at most.
  init(_ settings: LocalSettings, _ opening: Locked<StoreOpening>, beside: @escaping @Sendable () -> Void) {
    self.settings = settings
    self.opening = opening
    self.beside = beside
  }

  func getCredential(_ id: CredentialID) -> JSONText? { read { rows throws(StoreProblem) in try rows.credential(id) { $0.json } } }

  func getAccount(_ id: AccountID) -> JSONText? {
    read { rows throws(StoreProblem) in try rows.account(id.text) { $0.json(at: rows.endpoint) } }
  }

  func listCredentials(_ query: CredentialsQuery, page: Int, size: Int) -> Page<RowsText>? {
    self.page(page, size) { ListSQL(query, in: $0) }
  }

  func listAccounts(_ query: AccountsQuery, page: Int, size: Int) -> Page<RowsText>? { self.page(page, size) { _ in ListSQL(query) } }

  /// `list`: in tables of a version.
  private func page(_ page: Int, _ size: Int, _ list: (Int64) -> ListSQL) -> Page<RowsText>? {
    // What is skipped is walked through.
    guard (page - 1) * size <= Self.mostRowsSkipped else { return nil }
    return read { rows throws(StoreProblem) in
      try rows.database.run("BEGIN")
      // After an error the connection is closed.
      if rows.version < Schema.version { try rows.readVersion() }
      let page = try rows.page(list(rows.version), page, size: size)
      try rows.database.run("COMMIT")
      return page
    }
  }

  /// Runs a change, during which nothing is read in place. One that nobody waits for any more may still be on its way to the store: whoever
  /// then looks what became of it must look behind it.
  func aside<Result>(_ change: () async throws(CredentialsError) -> Result) async throws(CredentialsError) -> Result {
    state.withLock { $0.changesUnderWay += 1 }
    defer { state.withLock { $0.changesUnderWay -= 1 } }
    return try await change()
  }

  private func read<Result>(_ body: (StoreRows) throws(StoreProblem) -> Result?) -> Result? {
    let now = MonotonicClock.milliseconds
    let (result, isDue) = state.withLock { state -> (Result?, Bool) in
      guard state.changesUnderWay == 0 else { return (nil, false) }
      do throws(StoreProblem) {
        guard let rows = try rows(&state, now), let result = try body(rows) else { return (nil, false) }
        let isDue = now - state.lookedBeside >= Self.besideMilliseconds
        if isDue { state.lookedBeside = now }
        return (result, isDue)
      } catch {
        // The store's thread meets the same, and says what it is.
        state.connection = nil
        state.closedUntil = now + Self.pauseMilliseconds
        return (nil, false)
      }
    }
    if isDue { beside() }
    return result
  }

  /// Over a connection to the very file that the store's thread has open, if it has one open.
  private func rows(_ state: inout State, _ now: Int) throws(StoreProblem) -> StoreRows? {
    let (count, file, endpoint) = opening.withLock { ($0.count, $0.file, $0.endpoint) }
    // Given up after an error: whoever opens it next sees what is there.
    if count > 0, file == nil { return nil }
    if count != state.openings {
      state.openings = count
      state.closedUntil = 0
      if file != state.connection?.file || endpoint != state.connection?.rows.endpoint { state.connection = nil }
    }
    if let connection = state.connection { return connection.rows }
    guard now >= state.closedUntil else { return nil }
    let connection = try ReadConnection(settings, opened: file, endpoint: endpoint)
    state.connection = connection
    return connection.rows
  }
}
