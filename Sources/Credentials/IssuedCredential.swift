/// What create gives, and nothing else ever gives again: a credential with its secret.
package struct IssuedCredential: Sendable {
  package let credential: Credential
  /// The name the service gives the file, such as `app.creds`.
  package let fileName: String
  /// The whole .creds text, with its last newline.
  package let content: Secret
  /// SHA-1 of the text's UTF-8, 40 lower-case hexadecimal digits; the same as the credential's `checksum`.
  package let checksum: String
  /// Where the account's server is, such as `nats://127.0.0.1:4222`; what a context file names. Nil where the draft
  /// did not ask for it and it would have cost a request.
  package let endpoint: String?
  /// With `IfExists.replace`: the one credential that had this name.
  package let replaced: CredentialID?
  /// Whether every nats-server has acknowledged the claims. Nil where none had to be pushed.
  package var pushed: Bool?

  package init(
    credential: Credential, fileName: String, content: Secret, checksum: String, endpoint: String?, replaced: CredentialID? = nil
  ) {
    self.credential = credential
    self.fileName = fileName
    self.content = content
    self.checksum = checksum
    self.endpoint = endpoint
    self.replaced = replaced
  }
}
