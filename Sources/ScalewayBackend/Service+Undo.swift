extension Service {
  /// Deletes what must not be left behind; true if it is gone, also if it was. Meant to be run with a limit: it waits for nothing after a
  /// cancel, and does not look.
  func undo(_ endpoint: Endpoint) async -> Bool {
    do throws(Failure) {
      _ = try await send(.undo(endpoint))
      return true
    } catch { return error.proves(goneOf: endpoint) }
  }
}
