/// What holds for every request of a client.
package struct HTTPSettings: Sendable {
  /// Certificates (PEM) that are trusted instead of the system's.
  package let caFile: String?
  /// No certificate is looked at.
  package let isInsecure: Bool
  /// Decompressed.
  package let bodyLimit: Int
  /// Of the body of a response with another status than 2xx so much is taken, and the rest is not read: only its words are shown.
  package let refusalLimit: Int
  /// All header lines of a response, those of interim responses too.
  package let headerLimit: Int

  package init(
    caFile: String? = nil, isInsecure: Bool = false, bodyLimit: Int = 8 << 20, refusalLimit: Int = 64 << 10, headerLimit: Int = 64 << 10
  ) {
    self.caFile = caFile
    self.isInsecure = isInsecure
    self.bodyLimit = bodyLimit
    self.refusalLimit = refusalLimit
    self.headerLimit = headerLimit
  }
}
