#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where reads of stdin end up, and lines stay until they are judged. Room for the longest line from the start, because what is never
/// touched costs nothing; an array would be twice as large as what it holds, and be there twice each time it grew.
final class LineBuffer {
  let bytes: UnsafeMutableRawBufferPointer
  private static let page = Int(sysconf(Int32(_SC_PAGESIZE)))

  init(byteCount: Int) {
    bytes = .allocate(byteCount: (byteCount + Self.page - 1) / Self.page * Self.page, alignment: Self.page)
    #if canImport(Glibc)
      // Else the first line could cost two MiB where the system makes large pages of all memory.
      _ = madvise(bytes.baseAddress, bytes.count, MADV_NOHUGEPAGE)
    #endif
  }

  deinit { bytes.deallocate() }

  /// Moves a place to the start.
  func move(_ place: Range<Int>) {
    guard let base = bytes.baseAddress else { return }
    base.copyMemory(from: base + place.lowerBound, byteCount: place.count)
  }

  /// Gives whole pages of a place back to the system; what stood there is gone. Best effort.
  func giveBack(_ place: Range<Int>) {
    let first = (place.lowerBound + Self.page - 1) / Self.page * Self.page
    let end = place.upperBound / Self.page * Self.page
    guard first < end, let base = bytes.baseAddress else { return }
    _ = madvise(base + first, end - first, MADV_DONTNEED)
  }
}
