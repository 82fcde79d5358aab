/// Why a cryptographic function gave nothing.
package enum CryptoError: Error, Sendable, Equatable {
  /// The library is not on this machine, or too old; the text is the dynamic loader's.
  case unavailable(library: String, reason: String)
  /// The library refused. With keys of the right length this does not happen.
  case failed
}
