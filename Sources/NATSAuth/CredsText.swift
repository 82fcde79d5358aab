/// The text of a .creds file: a user's token and the seed that proves it.
package enum CredsText {
  /// Byte for byte what NATS's own tools write; a secret.
  package static func make(token: String, seed: String) -> String {
    """
    -----BEGIN NATS USER JWT-----
    \(token)
    ------END NATS USER JWT------

    ************************* IMPORTANT *************************
    NKEY Seed printed below can be used to sign and prove identity.
    NKEYs are sensitive and should be treated as secrets.

    -----BEGIN USER NKEY SEED-----
    \(seed)
    ------END USER NKEY SEED------

    *************************************************************

    """
  }

  /// The two blocks of a text: a line that ends with a title between dashes, one line of letters, digits and `_-.=`, a line of dashes. LF and
  /// CR LF are read; in the first line something may stand before the dashes, as for NATS's own clients. Nil if there are not two.
  package static func read(_ text: String) -> (token: String, seed: String)? {
    let lines = text.unicodeScalars.split(omittingEmptySubsequences: false) { $0 == "\n" }.map { line in
      String(String.UnicodeScalarView(line.last == "\r" ? line.dropLast() : line))
    }
    var blocks: [String] = []
    var index = 0
    while index + 2 < lines.count {
      if opens(lines[index]), isContent(lines[index + 1]), isRule(lines[index + 2]) {
        blocks.append(lines[index + 1])
        index += 3
      } else {
        index += 1
      }
    }
    return blocks.count >= 2 ? (blocks[0], blocks[1]) : nil
  }

  private static func isRule(_ line: String) -> Bool { line.utf8.count >= 6 && line.hasPrefix("---") && line.hasSuffix("---") }

  private static func opens(_ line: String) -> Bool {
    let bytes = Array(line.utf8)
    let dashes = Array("---".utf8)
    return bytes.count >= 6 && bytes.suffix(3) == dashes[...] && bytes.indices.dropLast(5).contains { bytes[$0..<$0 + 3] == dashes[...] }
  }

  private static func isContent(_ line: String) -> Bool {
    !line.isEmpty
      && line.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "="): true
        default: false
        }
      }
  }
}
