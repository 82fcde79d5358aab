/// Where a credential lives: `local` is the embedded backend, every other one is a region of Scaleway's. Only the form is checked: the service
/// knows its regions, and a new one needs no new bridge.
package struct Region: Sendable, Hashable {
  package let name: String

  /// Nil unless the text has a region's form: `local`, or two small letters, a dash and three to seven, such as `fr-par`.
  package init?(_ name: String) {
    guard name == "local" || Self.isScaleway(name.utf8) else { return nil }
    self.name = name
  }

  /// The same as a regular expression, for the schemas.
  package static let pattern = "^(local|[a-z]{2}-[a-z]{3,7})$"

  private static func isScaleway(_ name: String.UTF8View) -> Bool {
    (6...10).contains(name.count)
      && name.enumerated().allSatisfy { index, byte in
        index == 2 ? byte == UInt8(ascii: "-") : UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
      }
  }

  private init(known name: String) { self.name = name }

  package static let local = Region(known: "local")
  /// Those that are known today to have Scaleway's Messaging and Queuing service.
  package static let scaleway = [Region(known: "fr-par"), Region(known: "nl-ams")]

  /// What to say where one that is not known is not taken; empty for those that are.
  package var doubt: String {
    if self == .local || Self.scaleway.contains(self) { return "" }
    return "; is \(name) the right region? Known to have the service: \(Self.scaleway.map(\.name).joined(separator: ", "))"
  }
}
