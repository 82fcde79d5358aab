package enum BridgeVersion {
  package static let program = "nats-credentials-bridge"
  package static let text = "0.1.0"
  /// When this version was written, as the manual tells it.
  package static let date = "November 26, 2026"
}
