import Credentials

/// Reads how things stand, on a connection and a thread of its own: a change that waits for another process holds up the store's thread,
/// and must not hold up the question of how things stand.
actor StatusReader {
  private let thread = DedicatedThread()
  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// Makes nothing: where no store is, all is zero.
  func status(ofStoreIn folder: String?) throws(CredentialsError) -> LocalStatus {
    guard let folder, StateFolder.exists(folder + "/store.db") else { return .ofNothing }
    do throws(StoreProblem) { return try LocalStatus(.reading(folder + "/store.db")) } catch {
      throw error.credentialsError(outcome: .none)
    }
  }
}
