#if canImport(CryptoKit)
  import CryptoKit

  /// Ed25519 and digests. macOS's own; its signatures differ from call to call and verify everywhere. Written, never tested.
  enum Crypto {
    static func open() throws(CryptoError) {}

    /// A private key, ready to sign.
    struct SigningKey: Sendable {
      private let key: Curve25519.Signing.PrivateKey

      init(seed: [UInt8]) throws(CryptoError) {
        do { key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed) } catch { throw CryptoError.failed }
      }

      func publicKey() throws(CryptoError) -> [UInt8] { Array(key.publicKey.rawRepresentation) }

      func sign(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
        do { return Array(try key.signature(for: message)) } catch { throw CryptoError.failed }
      }
    }

    static func verifies(_ signature: [UInt8], of message: [UInt8], publicKey: [UInt8]) throws(CryptoError) -> Bool {
      do {
        return try Curve25519.Signing.PublicKey(rawRepresentation: publicKey).isValidSignature(signature, for: message)
      } catch { throw CryptoError.failed }
    }

    static func sha1(_ message: [UInt8]) throws(CryptoError) -> [UInt8] { Array(Insecure.SHA1.hash(data: message)) }
    static func sha256(_ message: [UInt8]) throws(CryptoError) -> [UInt8] { Array(SHA256.hash(data: message)) }
    static func sha512Slash256(_ message: [UInt8]) throws(CryptoError) -> [UInt8] { SHA512Slash256.digest(message) }
  }
#else
  import CLibraries

  /// Ed25519 and digests, by libcrypto. All lengths are checked here, so that C never reads past an array.
  enum Crypto {
    /// A private key, ready to sign. `@unchecked`: the pointer is set once and freed with the object, and what stands behind it does not change
    /// after it was made; libcrypto lets several threads use such a key, each with a context of its own.
    final class SigningKey: @unchecked Sendable {
      private let key: UnsafeMutableRawPointer

      init(seed: [UInt8]) throws(CryptoError) {
        guard seed.count == 32 else { throw CryptoError.failed }
        try Crypto.open()
        guard let key = ncb_ed25519_key(seed) else { throw CryptoError.failed }
        self.key = key
      }

      deinit { ncb_ed25519_free(key) }

      func publicKey() throws(CryptoError) -> [UInt8] { try Crypto.make(32) { ncb_ed25519_public(key, $0) } }

      func sign(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
        try Crypto.make(64) { ncb_ed25519_sign(key, message, message.count, $0) }
      }
    }

    static func verifies(_ signature: [UInt8], of message: [UInt8], publicKey: [UInt8]) throws(CryptoError) -> Bool {
      guard signature.count == 64, publicKey.count == 32 else { return false }
      try open()
      return ncb_ed25519_verify(publicKey, message, message.count, signature) == 1
    }

    static func sha1(_ message: [UInt8]) throws(CryptoError) -> [UInt8] { try make(20) { ncb_sha1(message, message.count, $0) } }
    static func sha256(_ message: [UInt8]) throws(CryptoError) -> [UInt8] { try make(32) { ncb_sha256(message, message.count, $0) } }
    static func sha512Slash256(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
      try make(32) { ncb_sha512_256(message, message.count, $0) }
    }

    fileprivate static func make(_ count: Int, _ fill: (UnsafeMutablePointer<UInt8>) -> Int32) throws(CryptoError) -> [UInt8] {
      try open()
      var bytes = [UInt8](repeating: 0, count: count)
      let isDone = bytes.withUnsafeMutableBufferPointer { buffer in
        buffer.baseAddress.map { fill($0) == 1 } ?? false
      }
      guard isDone else { throw CryptoError.failed }
      return bytes
    }

    static func open() throws(CryptoError) {
      guard let problem = ncb_crypto_open()?.pointee else { return }
      let (library, reason) = ("libcrypto", String(cString: problem.message))
      if problem.is_missing != 0 { throw CryptoError.missing(library: library, reason: reason) }
      throw CryptoError.unusable(library: library, path: problem.path.map { String(cString: $0) }, reason: reason)
    }
  }
#endif

/// The hexadecimal SHA-1 of a .creds text: the `checksum` of a credential, 40 lower-case digits.
package func credsChecksum(_ text: String) throws(CryptoError) -> String {
  let digits = Array("0123456789abcdef".utf8)
  let hex = try Crypto.sha1(Array(text.utf8)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
  return String(decoding: hex, as: UTF8.self)
}

/// Looks whether the library that signs is there and does its work.
package func openCrypto() throws(CryptoError) { try Crypto.open() }

/// SHA-512/256, 32 bytes.
package func sha512Slash256(_ message: [UInt8]) throws(CryptoError) -> [UInt8] { try Crypto.sha512Slash256(message) }
