import Synchronization
import System

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
      guard let level = Level.allCases.first(where: { $0.name == name }) else { return nil }
      self = level
    }
    /// Written out: what would print a case by itself costs a third of the program's start.
    package var name: String {
      switch self {
      case .error: "error"
      case .warning: "warning"
      case .info: "info"
      case .debug: "debug"
      case .trace: "trace"
      }
    }
  }

  private struct Waiting {
    var bytes: [UInt8] = []
    var dropped = 0
    var isBroken = false
  }

  package let level: Level
  private let program: String
  private let isOff: Bool
  private let outlet: NonblockingOutput
  private let waiting = Locked(Waiting())
  /// Whether anything waits that can be written, for a look without the lock: on most turns of the session nothing does. Set under it.
  private let waits = Atomic(false)
  private let wake: @Sendable () -> Void
  private static let capacity = 64 << 10

  /// Each line begins with `program`; `wake` makes the thread that calls `flush` look.
  package init(of program: String, descriptor: Int32, level: Level, isOff: Bool, wake: @escaping @Sendable () -> Void) {
    self.program = program
    self.level = level
    self.isOff = isOff
    self.wake = wake
    outlet = NonblockingOutput(descriptor)
  }

  /// A line that may not be dropped waits without a limit: whoever writes it knows that there are few.
  package func write(_ level: Level, _ event: @autoclosure () -> String, mayBeDropped: Bool = true) {
    guard !isOff, level <= self.level else { return }
    let line = Array("\(program): \(level.name): \(StandardError.escaped(event()))\n".utf8)
    waiting.withLock { waiting in
      if mayBeDropped, waiting.bytes.count + line.count > Self.capacity { waiting.dropped += 1 } else { waiting.bytes += line }
      waits.store(!waiting.isBroken && !waiting.bytes.isEmpty, ordering: .releasing)
    }
    wake()
  }

  var hasWaiting: Bool { waits.load(ordering: .acquiring) }
  var descriptor: Int32 { outlet.descriptor }

  /// Writes what stderr takes now. On the wire's thread only.
  package func flush() {
    guard hasWaiting else { return }
    waiting.withLock { waiting in
      defer { waits.store(!waiting.isBroken && !waiting.bytes.isEmpty, ordering: .releasing) }
      while !waiting.bytes.isEmpty, !waiting.isBroken {
        switch waiting.bytes.withUnsafeBytes(outlet.write) {
        case .took(let count): waiting.bytes.removeFirst(count)
        case .wouldBlock: return
        case .failed: waiting.isBroken = true
        }
        if waiting.bytes.isEmpty, waiting.dropped > 0 {
          waiting.bytes += Array("\(program): warning: \(waiting.dropped) log lines did not fit and were dropped\n".utf8)
          waiting.dropped = 0
        }
      }
    }
  }
}
