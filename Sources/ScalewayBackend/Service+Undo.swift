extension Service {
  /// Deletes what must not be left behind; nil if it is gone, also if it was. Meant to be run with a limit: it waits for nothing after a
  /// cancel, and does not look.
  func undo(_ endpoint: Endpoint) async -> Failure? {
    do throws(Failure) {
      _ = try await send(.undo(endpoint))
      return nil
    } catch { return error.proves(goneOf: endpoint) ? nil : error }
  }
}
