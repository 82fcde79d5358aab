/// Why a cryptographic function gave nothing.
package enum CryptoError: Error, Sendable, Equatable {
  /// The library is not on this machine; the reason is the dynamic loader's.
  case missing(library: String, reason: String)
  /// The library is there and of no use; the reason is the dynamic loader's or the library's own. Nil if its path is not known.
  case unusable(library: String, path: String?, reason: String)
  /// The library refused. With keys of the right length this does not happen.
  case failed
}
