import Credentials

/// The forms of settings, as the Go SDK checks them.
enum SettingForm {
  private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

  /// `SCW` and 17 capitals or digits.
  static func isAccessKey(_ text: String) -> Bool {
    text.utf8.count == 20 && text.hasPrefix("SCW") && text.utf8.allSatisfy { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 || isDigit($0) }
  }

  /// Two letters, a dash, three to seven letters: new regions come, so there is no list of them.
  static func isRegion(_ text: String) -> Bool {
    Region(text).map { $0 != .local } ?? false
  }

  /// A region, a dash, one or two digits.
  static func isZone(_ text: String) -> Bool {
    guard let dash = text.utf8.lastIndex(of: UInt8(ascii: "-")) else { return false }
    let number = text.utf8[text.utf8.index(after: dash)...]
    return isRegion(String(text[..<dash])) && (1...2).contains(number.count) && number.allSatisfy(isDigit)
  }

  /// What a HTTP header can carry without a second thought.
  static func isUserAgent(_ text: String) -> Bool {
    text.utf8.count <= 512 && text.utf8.allSatisfy { 0x20...0x7E ~= $0 } && !text.hasPrefix(" ") && !text.hasSuffix(" ")
  }

  /// Go's `strconv.ParseBool`: the booleans of variables.
  static func boolean(ofVariable text: String) -> Bool? {
    switch text {
    case "1", "t", "T", "true", "True", "TRUE": true
    case "0", "f", "F", "false", "False", "FALSE": false
    default: nil
    }
  }

  /// The booleans of YAML 1.1, as go-yaml v2, which `scw` uses, takes them; only without quotes.
  static func boolean(ofFile text: String) -> Bool? {
    switch text {
    case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE": true
    case "n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE": false
    default: nil
    }
  }
}
