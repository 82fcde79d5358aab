/// One valid JSON value as it goes on the wire: its own bytes and escapes, without the spaces between, everything that is not ASCII escaped.
package func wireBytes(ofValid json: UnsafeRawBufferPointer) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(json.count)
  appendWireBytes(ofValid: json, to: &bytes)
  return bytes
}

func appendWireBytes(ofValid json: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
  switch json.first {
  case UInt8(ascii: "{"), UInt8(ascii: "["): appendWireBytes(ofTree: json, to: &bytes)
  default: appendWireBytes(ofString: json, to: &bytes)
  }
}

/// A string with or without its quotes, or another value without spaces: what most values are goes in one piece.
func appendWireBytes(ofString json: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
  if isPrintableASCII(json) { return bytes.append(contentsOf: json) }
  var index = 0
  while index < json.count { appendASCII(json, &index, to: &bytes) }
}

/// Skips the spaces between, in one pass.
private func appendWireBytes(ofTree json: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
  var isInString = false
  var index = 0
  while index < json.count {
    let byte = json[index]
    if isInString, byte == UInt8(ascii: "\\") {
      bytes.append(byte)
      index += 1
    } else if byte == UInt8(ascii: "\"") {
      isInString.toggle()
    } else if !isInString, byte <= 0x20 {
      index += 1
      continue
    }
    appendASCII(json, &index, to: &bytes)
  }
}

/// One byte, or a whole run of what is not ASCII, so that no scalar is cut.
private func appendASCII(_ json: UnsafeRawBufferPointer, _ index: inout Int, to bytes: inout [UInt8]) {
  guard json[index] >= 0x7F else {
    bytes.append(json[index])
    index += 1
    return
  }
  let end = json[index...].firstIndex { $0 < 0x7F } ?? json.count
  for unit in String(decoding: json[index..<end], as: UTF8.self).utf16 { appendJSONEscape(of: unit, to: &bytes) }
  index = end
}

/// Eight bytes at a time; what is below a space cannot stand in a valid string.
private func isPrintableASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
  let ones: UInt64 = 0x0101_0101_0101_0101
  let tops: UInt64 = 0x8080_8080_8080_8080
  var index = 0
  while index + 8 <= bytes.count {
    let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
    // One more than a byte has its top bit set from 0x7F on; a carry comes only from 0xFF, which has it set itself.
    if (word | (word &+ ones)) & tops != 0 { return false }
    index += 8
  }
  return bytes[index...].allSatisfy { $0 < 0x7F }
}
