/// Where reads of stdin end up, for as long as the session lives. Not an array: that would be filled with zeros at the start, and a page that is
/// never touched costs nothing. Not memory of the moment either: giving it back and asking for it again at each read costs more than the read.
final class ReadBuffer {
  let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

  deinit { bytes.deallocate() }
}
