/// Where the embedded backend lives and where its nats-server listens, or will.
package struct LocalSettings: Sendable {
  /// As given; made at first use. Nil if neither an option nor the environment says where.
  package let stateFolder: String?
  /// As given, such as `nats://127.0.0.1:4222`; judged at first use.
  package let natsURL: String

  /// What is said where there is no folder.
  static let noStateFolder =
    "there is no place for the store: neither XDG_STATE_HOME nor HOME is an absolute path; set HOME, or give --state a folder"

  package init(stateFolder: String?, natsURL: String) {
    self.stateFolder = stateFolder
    self.natsURL = natsURL
  }
}
