import Foundation

@testable import NATSAuth

/// The text of a .creds file, keys, and base64url: what NATS's own client reads in a text is read, and what is read is written the same again.
extension FuzzTarget {
  static let creds = FuzzTarget(name: "creds") { input in
    let text = String(decoding: input, as: UTF8.self)
    let read = CredsText.read(text)
    if let read {
      for content in [read.token, read.seed] {
        try promise(content.wholeMatch(of: /[A-Za-z0-9_\-.=]+/) != nil && text.contains(content), "what is read is not in the text")
      }
      let again = CredsText.read(CredsText.make(token: read.token, seed: read.seed))
      try promise(again?.token == read.token && again?.seed == read.seed, "what is written is not read again")
    }
    if let found = blocksAsNATSReads(input) {
      try promise(read?.token == found.0 && read?.seed == found.1, "NATS's own client reads another text")
    }
    for word in text.split(whereSeparator: { " \n\r\n".contains($0) }).map(String.init) { try keyIsItself(word) }
    try bytesAreThemselves(input, text)
  }

  /// As the clients of NATS do, by their regular expression; nil if there are not two blocks or the text is no plain ASCII.
  private static func blocksAsNATSReads(_ input: [UInt8]) -> (String, String)? {
    guard input.allSatisfy({ 0x20..<0x7F ~= $0 || $0 == 0x0A || $0 == 0x0D }) else { return nil }
    let block = /(?:-{3,}[^\n]*-{3,}\r?\n)([A-Za-z0-9_\-.=]+)(?:\r?\n-{3,}[^\n]*-{3,}\r?\n)/.matchingSemantics(.unicodeScalar)
    let found = String(decoding: input, as: UTF8.self).matches(of: block).map { String($0.1) }
    return found.count >= 2 ? (found[0], found[1]) : nil
  }

  private static func keyIsItself(_ text: String) throws {
    if let pair = try KeyPair(seed: text) {
      try promise(pair.seed == text, "a seed is written as another")
      try promise(PublicKey(pair.publicKey.text) == pair.publicKey, "a public key is not read again")
      let message = Array("message".utf8)
      try promise(try pair.publicKey.verifies(try pair.sign(message), of: message), "a signature is not the key's")
    }
    if let key = PublicKey(text) { try promise(key.text == text, "a public key is written as another") }
  }

  private static func bytesAreThemselves(_ input: [UInt8], _ text: String) throws {
    try promise(Base64URL.decode(Base64URL.encode(input)[...].utf8) == input, "base64url of bytes gives other bytes")
    try promise(Base32.decode(Base32.encode(input)) == input, "base32 of bytes gives other bytes")
    guard let decoded = Base64URL.decode(text[...].utf8) else { return }
    let padded = text.replacing("-", with: "+").replacing("_", with: "/") + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    try promise(Data(base64Encoded: padded).map(Array.init) == decoded, "base64url is read as other bytes")
    try promise(Base64URL.encode(decoded) == text, "two base64url texts for the same bytes are taken")
  }
}
