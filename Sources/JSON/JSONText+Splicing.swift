extension JSONText {
  /// A checked value as it goes on the wire: its own bytes and escapes, without the spaces between, everything that is not ASCII escaped.
  package init(splicing value: JSONSlice) {
    self.init(validated: value.withBytes { wireBytes(ofValid: $0) })
  }
}

/// One valid JSON value in one pass.
package func wireBytes(ofValid json: UnsafeRawBufferPointer) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(json.count)
  var isInString = false
  var index = 0
  while index < json.count {
    let byte = json[index]
    if byte >= 0x7F {
      // Only within a string. The whole run, so that no scalar is cut.
      let end = json[index...].firstIndex { $0 < 0x7F } ?? json.count
      for unit in String(decoding: json[index..<end], as: UTF8.self).utf16 { appendJSONEscape(of: unit, to: &bytes) }
      index = end
      continue
    }
    if isInString, byte == UInt8(ascii: "\\") {
      bytes.append(byte)
      index += 1
    } else if byte == UInt8(ascii: "\"") {
      isInString.toggle()
    } else if !isInString, byte <= 0x20 {
      index += 1
      continue
    }
    bytes.append(json[index])
    index += 1
  }
  return bytes
}
