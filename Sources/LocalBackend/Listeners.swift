/// The TCP sockets of this machine that wait for connections. A nats-server writes its ports file some 25 ms after it listens, so who finds
/// no server waits that long, but only where somebody new listens.
struct Listeners {
  /// Address and inode of each, as the system writes them; nil where it does not tell.
  private let sockets: Set<String>?

  init() {
    #if canImport(Glibc)
      do throws(StoreProblem) {
        // Without IPv6 there is no table of it.
        let six = Self.listening(try StateFolder.read("/proc/self/net/tcp6") ?? [])
        sockets = try StateFolder.read("/proc/self/net/tcp").map { Set(Self.listening($0) + six) }
      } catch {
        // What cannot be seen may be new: it is waited for.
        sockets = nil
      }
    #else
      sockets = nil
    #endif
  }

  /// Whether one listens now that did not then.
  func mayHaveNew(since former: Listeners?) -> Bool {
    guard let sockets, let known = former?.sockets else { return true }
    return !sockets.isSubset(of: known)
  }

  /// Of each line the address, the state, which is 0A, and the inode, which no other socket has while this one lives.
  private static func listening(_ table: [UInt8]) -> [String] {
    table.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let fields = line.split(separator: UInt8(ascii: " "))
      guard fields.count > 9, fields[3].elementsEqual("0A".utf8) else { return nil }
      return String(decoding: fields[1] + [0x20] + fields[9], as: UTF8.self)
    }
  }
}
