import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The lines on stderr, from any thread, never blocking: they wait in 64 KiB, and what does not fit is counted and reported once.
/// A line is one event; texts in it are the bridge's own, and whatever is not printable ASCII is escaped.
package final class Log: Sendable {
  package enum Level: Int, Sendable, CaseIterable, Comparable {
    case error, warning, info, debug, trace
    package static func < (one: Level, other: Level) -> Bool { one.rawValue < other.rawValue }
    package init?(_ name: String) {
      guard let level = Level.allCases.first(where: { "\($0)" == name }) else { return nil }
      self = level
    }
  }

  private struct Waiting {
    var bytes: [UInt8] = []
    var dropped = 0
    var isBroken = false
  }

  package let level: Level
  private let isOff: Bool
  private let outlet: Outlet
  private let waiting = Mutex(Waiting())
  private let wake: @Sendable () -> Void
  private static let capacity = 64 << 10

  /// `wake` makes the thread that calls `flush` look.
  package init(descriptor: Int32, level: Level, isOff: Bool, wake: @escaping @Sendable () -> Void) {
    self.level = level
    self.isOff = isOff
    self.wake = wake
    outlet = Outlet(descriptor)
  }

  /// A line that may not be dropped waits without a limit: whoever writes it knows that there are few.
  package func write(_ level: Level, _ event: @autoclosure () -> String, mayBeDropped: Bool = true) {
    guard !isOff, level <= self.level else { return }
    let line = Array("nats-credentials-bridge: \(level): \(escaped(event()))\n".utf8)
    waiting.withLock { waiting in
      if mayBeDropped, waiting.bytes.count + line.count > Self.capacity { waiting.dropped += 1 } else { waiting.bytes += line }
    }
    wake()
  }

  var hasWaiting: Bool { waiting.withLock { !$0.bytes.isEmpty && !$0.isBroken } }
  var descriptor: Int32 { outlet.descriptor }

  /// Writes what stderr takes now. On the wire's thread only.
  package func flush() {
    waiting.withLock { waiting in
      while !waiting.bytes.isEmpty, !waiting.isBroken {
        switch waiting.bytes.withUnsafeBytes(outlet.write) {
        case .took(let count): waiting.bytes.removeFirst(count)
        case .wouldBlock: return
        case .failed: waiting.isBroken = true
        }
        if waiting.bytes.isEmpty, waiting.dropped > 0 {
          waiting.bytes += Array("nats-credentials-bridge: warning: \(waiting.dropped) log lines did not fit and were dropped\n".utf8)
          waiting.dropped = 0
        }
      }
    }
  }

  private func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F }) else { return text }
    return text.unicodeScalars.map { 0x20..<0x7F ~= $0.value ? String($0) : "\\u{\(String($0.value, radix: 16))}" }.joined()
  }
}
