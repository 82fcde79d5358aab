import Credentials
import NATSClient

extension NATSAddress {
  /// The URL that servers are dialled at. `looked` says where it was found, for the error.
  init(_ text: String, looked: String = "--nats-url, then NATS_URL") throws(CredentialsError) {
    do throws(Malformed) { try self.init(parsing: text) } catch {
      throw CredentialsError(.notConfigured, "the NATS URL is not one plain address such as nats://127.0.0.1:4222 (looked at \(looked))")
    }
  }
}
