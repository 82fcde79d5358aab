package import System

/// Both directions of a session in two files, `NAME.in` and `NAME.out`, for whoever looks for a mistake: byte for byte as they went over the
/// pipe, but for the values that are secret and the lines that are not JSON. The session only hands over what it read and wrote; what blocks
/// does so on a thread of this actor's own. Once a file cannot be written, or too much waits, nothing is recorded any more, which is told
/// once; the session goes on.
package actor SessionMirror {
  private enum Direction { case input, output }

  private struct State {
    /// Bytes that wait for the files.
    var waiting = 0
    var isOver = false
  }

  private static let most = 64 << 20
  private static let closeMilliseconds = 2_000

  private let thread = DedicatedThread()
  package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  private var input: MirrorFile
  private var output: MirrorFile
  /// What still waits then is dropped: between it and what stands in the file something is missing.
  private var hasFailed = false
  private nonisolated let state = Monitor(State())
  private nonisolated let warn: @Sendable (String) -> Void

  /// Makes the folder for its owner alone if it is not there, and two new files in it, which are their owner's alone. Nothing is overwritten:
  /// EEXIST if one is there. Of a line longer than `longestLine` only the length is written. `warn` is called at most once, from any thread.
  package init(
    in folder: String, named name: String, hiding secrets: SecretMembers, longestLine: Int = 16 << 20,
    warn: @escaping @Sendable (String) -> Void
  ) throws(SystemError) {
    try FileSystem.makeDirectories(folder, or: "the folder cannot be created")
    let directory = try DirectoryHandle(folder)
    let read = try directory.open(name + ".in", .create, or: "\(name).in cannot be created")
    let written: OpenFile
    do throws(SystemError) { written = try directory.open(name + ".out", .create, or: "\(name).out cannot be created") } catch {
      directory.discard(name + ".in")
      throw error
    }
    input = MirrorFile(read, hiding: secrets, longestLine: longestLine)
    output = MirrorFile(written, hiding: secrets, longestLine: longestLine)
    self.warn = warn
  }

  /// What the session has read.
  nonisolated func read(_ bytes: UnsafeRawBufferPointer) { record(bytes, .input) }

  /// What the pipe has taken.
  nonisolated func wrote(_ bytes: UnsafeRawBufferPointer) { record(bytes, .output) }

  private nonisolated func record(_ bytes: UnsafeRawBufferPointer, _ direction: Direction) {
    let (isOver, isTooMuch) = state.withLock { state in
      if state.isOver { return (true, false) }
      state.waiting += bytes.count
      state.isOver = state.waiting > Self.most
      return (state.isOver, state.isOver)
    }
    if isTooMuch { warn("the session is not mirrored any more: the files do not keep up with it") }
    guard !isOver else { return }
    let copy = Array(bytes)
    thread.run { self.assumeIsolated { $0.append(copy, direction) } }
  }

  private func append(_ bytes: [UInt8], _ direction: Direction) {
    attempt { own throws(SystemError) in
      switch direction {
      case .input: try own.input.append(bytes)
      case .output: try own.output.append(bytes)
      }
    }
    state.change { $0.waiting -= bytes.count }
  }

  private func attempt(_ body: (isolated SessionMirror) throws(SystemError) -> Void) {
    guard !hasFailed else { return }
    do throws(SystemError) { try body(self) } catch {
      hasFailed = true
      let isNews = state.withLock { state in
        defer { state.isOver = true }
        return !state.isOver
      }
      if isNews { warn("the session is not mirrored any more: \(error.message)") }
    }
  }

  /// Waits for what is not in the files yet, for two seconds at most. For the end of the session.
  package nonisolated func close() {
    thread.run { self.assumeIsolated { $0.finish() } }
    let end = MonotonicClock.milliseconds + Self.closeMilliseconds
    _ = state.wait(until: { _ in end }, for: { $0.isOver && $0.waiting == 0 || MonotonicClock.milliseconds >= end ? true : nil })
  }

  private func finish() {
    attempt { own throws(SystemError) in
      try own.input.finish()
      try own.output.finish()
    }
    state.change { $0.isOver = true }
  }
}
