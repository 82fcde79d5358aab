/// Where the embedded backend lives and where its nats-server listens, or will.
package struct LocalSettings: Sendable {
  /// As given; made at first use. Nil if neither an option nor the environment says where.
  package let stateFolder: String?
  /// Where servers are dialled in this run, such as `nats://127.0.0.1:4222`; judged at first use. Nil: where nats-server.conf listens.
  package let natsURL: String?
  /// What nats-server.conf is to listen on from now on, such as `127.0.0.1:4222`; nil leaves it as it is.
  package let listen: String?

  /// Where a nats-server listens if nobody says otherwise.
  package static let defaultURL = "nats://127.0.0.1:4222"

  /// What is said where there is no folder.
  static let noStateFolder =
    "there is no path for the store: neither XDG_STATE_HOME nor HOME is an absolute path; set HOME, or give --state a folder"

  package init(stateFolder: String?, natsURL: String?, listen: String? = nil) {
    self.stateFolder = stateFolder
    self.natsURL = natsURL
    self.listen = listen
  }
}
