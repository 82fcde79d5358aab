import Credentials

/// The name of a profile in a message: names come from outside, and a key may have slipped into one.
enum ProfileName {
  /// The top level of the file; no profile can have this name.
  static let topLevel = "default"

  /// ` work`, or nothing if the name is better not repeated.
  static func spoken(_ name: String) -> String { isHarmless(name) ? " " + name : "" }

  private static func isHarmless(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    guard (1...40).contains(bytes.count), UUIDText(name) == nil, !SettingForm.isAccessKey(name) else { return false }
    return bytes.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
      default: "._-".utf8.contains(byte)
      }
    }
  }
}
