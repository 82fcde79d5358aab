import Credentials

extension Service {
  /// Deletes what must not be left behind; true if it is gone, also if it was.
  func undo(_ endpoint: Endpoint, _ resource: String, _ id: String) async -> Bool {
    do throws(CredentialsError) {
      try await Deletion(service: self, endpoint: endpoint, resource: resource, id: id).run()
      return true
    } catch { return error.kind == .notFound }
  }
}
