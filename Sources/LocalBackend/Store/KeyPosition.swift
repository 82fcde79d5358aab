import Credentials

/// A place in an ordered list: the sort key and the id of the last row that was given.
struct KeyPosition {
  let value: Database.Value
  let id: String
  /// The key is a number of the order of creation, and not a time.
  let isNumber: Bool

  init(value: Database.Value, id: String, isNumber: Bool = false) {
    self.value = value
    self.id = id
    self.isNumber = isNumber
  }

  /// `time.id`, or `-` and the hexadecimal UTF-8 of a name, so that any name goes through any cursor; or `n` and a number, which versions that
  /// know only times refuse, instead of taking it for one.
  var text: String {
    switch value {
    case .int(let number): "\(isNumber ? "n" : "")\(number).\(id)"
    case .text(let name): "-" + name.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + ".\(id)"
    case .null: ".\(id)"
    }
  }

  /// Nil for anything that is not a place of a list of this order.
  init?(_ text: String, keyIsText: Bool) {
    // By bytes: by characters it takes as long as six rows, once for each page of a stream.
    guard let dot = text.utf8.firstIndex(of: UInt8(ascii: ".")) else { return nil }
    let (key, rest) = (text[..<dot], text[text.utf8.index(after: dot)...])
    guard (1...64).contains(rest.utf8.count), !rest.utf8.contains(UInt8(ascii: ".")) else { return nil }
    id = String(rest)
    isNumber = !keyIsText && key.utf8.first == UInt8(ascii: "n")
    guard keyIsText else {
      guard let number = Int64(isNumber ? key.dropFirst() : key), number >= 0 else { return nil }
      value = .int(number)
      return
    }
    let digits = Array(key.utf8.dropFirst())
    guard key.utf8.first == UInt8(ascii: "-"), digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) else { return nil }
      bytes.append(byte)
    }
    guard let name = String(validating: bytes, as: UTF8.self) else { return nil }
    value = .text(name)
  }
}
