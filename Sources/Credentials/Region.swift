/// Where a credential lives: `local` is the embedded backend, the others are Scaleway's. Only the form is checked here; whether a
/// region is served is the client's knowledge.
package struct Region: Sendable, Hashable {
  package let name: String

  /// Nil unless the text has a region's form: 2 to 32 lower-case letters, digits and single dashes, beginning with a letter.
  package init?(_ name: String) {
    let bytes = Array(name.utf8)
    guard (2...32).contains(bytes.count), let first = bytes.first, let last = bytes.last else { return nil }
    guard UInt8(ascii: "a")...UInt8(ascii: "z") ~= first, last != UInt8(ascii: "-") else { return nil }
    for (index, byte) in bytes.enumerated() {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): continue
      case UInt8(ascii: "-") where bytes[index - 1] != byte: continue
      default: return nil
      }
    }
    self.name = name
  }

  private init(known name: String) { self.name = name }

  package static let local = Region(known: "local")
  /// Scaleway has its Messaging and Queuing service in these two.
  package static let scaleway = [Region(known: "fr-par"), Region(known: "nl-ams")]
}
