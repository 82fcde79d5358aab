import Credentials
import System

/// Reads how things stand, on a connection and a thread of its own: a change that waits for another process holds up the store's thread,
/// and must not hold up the question of how things stand.
actor StatusReader {
  private let thread = DedicatedThread()
  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// What is not in resolver/ as the store says, with a connection of its own. Changes nothing.
  func differences(
    of settings: LocalSettings, _ inputs: SystemInputs, withUnwritten: Bool
  ) throws(CredentialsError) -> [Difference] {
    do throws(StoreProblem) { return try OpenStore(settings, inputs, looking: true).differences(withUnwritten: withUnwritten) } catch {
      throw error.credentialsError(outcome: .none)
    }
  }

  /// Accounts of which the server of this run has other claims than the store's, though none are pending.
  func accountsBehind(_ settings: LocalSettings, _ inputs: SystemInputs) throws(CredentialsError) -> [String] {
    do throws(StoreProblem) { return try LocalDiagnostics(settings, inputs: inputs).accountsBehind() } catch {
      throw error.credentialsError(outcome: .none)
    }
  }

  /// Makes nothing: where no store is, all is zero.
  func status(ofStoreIn folder: String?) throws(CredentialsError) -> LocalStatus {
    guard let folder, StateDirectory.exists(folder + "/store.db") else { return .ofNothing }
    do throws(StoreProblem) { return try LocalStatus(.reading(folder + "/store.db")) } catch {
      throw error.credentialsError(outcome: .none)
    }
  }
}
