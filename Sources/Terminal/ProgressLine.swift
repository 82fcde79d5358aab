import System

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A line on stderr that says what is waited for, from a while after the start until something else is to be seen. Only where somebody looks.
///
/// After each drawing the cursor stands where the line begins, and the line is short: so a line of the log that comes in between, from another
/// thread, covers it. It is drawn by a thread of its own, because the others wait for what it is about.
package final class ProgressLine: Sendable {
  private struct State {
    var text: String
    /// What stands there; nil before anything does.
    var drawn: String?
    var isOver = false
  }

  private static let longest = 50
  private static let milliseconds = 250

  private let state: Locked<State>
  private let began = MonotonicClock.milliseconds
  private let columns: Int
  private let thread = DedicatedThread()

  /// Nil where stderr is no terminal, or one that obeys nothing.
  package init?(_ text: String, afterMilliseconds pause: Int, on look: TerminalLook) {
    guard look.isTerminal, look.obeysSequences else { return nil }
    state = Locked(State(text: text))
    columns = min(Self.longest, (look.columns ?? 80) - 1)
    thread.run(afterMilliseconds: pause) { self.tick() }
  }

  /// What is said from the next drawing on.
  package func say(_ text: String) { state.withLock { $0.text = text } }

  /// It is gone, and comes no more. What is written to the same terminal afterwards stands where it was.
  package func end() {
    state.withLock { state in
      state.isOver = true
      if state.drawn != nil { write("\r\u{1b}[K", waiting: 200) }
      state.drawn = nil
    }
  }

  private func tick() {
    let goesOn = state.withLock { state in
      guard !state.isOver else { return false }
      let seconds = (MonotonicClock.milliseconds - began) / 1000
      let line = DisplayWidth.cut("\(state.text), \(seconds) s", to: columns, mark: "...")
      if line != state.drawn { write("\r\(line)\u{1b}[K\r", waiting: 0) }
      state.drawn = line
      return true
    }
    if goesOn { thread.run(afterMilliseconds: Self.milliseconds) { self.tick() } }
  }

  /// A terminal that takes nothing, as after Ctrl-S, goes without, and so does one in which another job runs: whoever types there would find
  /// the line in the text.
  private func write(_ text: String, waiting milliseconds: Int32) {
    let foreground = tcgetpgrp(2)
    // Below zero it is not the terminal of this session, and has no jobs that are known here.
    guard foreground < 0 || foreground == getpgrp() else { return }
    var poller = pollfd(fd: 2, events: Int16(POLLOUT), revents: 0)
    guard poll(&poller, 1, milliseconds) == 1 else { return }
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { systemWrite(2, $0.baseAddress, $0.count) }
  }
}

#if canImport(Glibc)
  private let systemWrite = Glibc.write
#else
  private let systemWrite = Darwin.write
#endif
