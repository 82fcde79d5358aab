import JSON
package import System

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One conversation: the wire, the phases of its life, and what runs. Everything in it happens on one thread, its poll loop. Which
/// requests there are and who may start is the `RequestQueue`'s.
///
/// The way of a message: `step` reads and cuts it, `accept` judges it and has its position fixed, `start` runs it, `answer` answers it exactly
/// once, `flush` hands it to the pipe.
package actor Session {
  package typealias Render = @Sendable (_ message: [UInt8]) -> (bytes: [UInt8], goesOn: Bool)

  let loop: PollLoop
  package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  let table: MethodTable
  let log: Log
  private let inputDescriptor: Int32?
  private let outlet: NonblockingOutput
  private let mirror: SessionMirror?
  /// Turns a message into what is written; there for the command line's `call` alone.
  let render: Render?
  /// `render` has no use for further parts.
  var hasRenderedAll = false
  private let drainMilliseconds: Int?

  let framing: any Framing
  // Unchecked, here and below, is what each message or turn touches several times; checked, they cost each of the two some 400 instructions.
  // Nothing can touch one of them while it is being changed: all happens on one thread, and what changes them calls nothing of the session.
  // Three run what they are handed: `cutter` only changes `input`, what `outputBuffer` is drained by writes to a descriptor, and a task that
  // `writers` resumes is only put in the queue of the loop.
  @exclusivity(unchecked) private var cutter: any MessageCutter
  @exclusivity(unchecked) private var input: InputBuffer
  private var isOutputBroken = false
  /// For the input, the output, the log and the loop's own descriptor; kept, because an array a turn is what most of a turn would cost.
  @exclusivity(unchecked) private var pollers = [pollfd](repeating: pollfd(), count: 4)
  /// Lines are here that no room was left for.
  @exclusivity(unchecked) private var linesWaitForRoom = false

  /// So many reads of a lane were answered in place, or tried, in this turn.
  @exclusivity(unchecked) var readsInTurn = 0

  // What the extensions in other files work on, too.
  @exclusivity(unchecked) var queue = RequestQueue()
  @exclusivity(unchecked) var outputBuffer = OutputBuffer()
  @exclusivity(unchecked) var clock = SessionClock()
  /// Who asks for a page of rows.
  var pages = PageTurns()
  @exclusivity(unchecked) var writers = PartWriters()
  @exclusivity(unchecked) var compensations = Compensations()
  @exclusivity(unchecked) var phase = SessionPhase.running
  var secondSignal: Int32?
  /// Something may start, or ask for a page, that could not before.
  @exclusivity(unchecked) var mustPump = false

  /// `framing` tells the messages apart. `initial` is served before anything is read; without an `input` it is all there is. Takes the
  /// descriptors over. `drainMilliseconds` bounds how long requests may continue after the end of input. What `render` makes of a message
  /// is written as it is, without a frame; where it does not go on, a stream asks for no further page.
  package init(
    loop: PollLoop, table: MethodTable, log: Log, framing: any Framing, input inputDescriptor: Int32?, initial: [UInt8] = [], output: Int32,
    drainMilliseconds: Int? = nil, mirror: SessionMirror? = nil, render: Render? = nil
  ) {
    self.loop = loop
    self.table = table
    self.log = log
    self.framing = framing
    cutter = framing.makeCutter()
    self.inputDescriptor = inputDescriptor
    self.drainMilliseconds = drainMilliseconds
    self.mirror = mirror
    self.render = render
    outlet = NonblockingOutput(output)
    var buffer = InputBuffer(longestMessage: framing.longestMessage, room: initial.count)
    initial.withUnsafeBytes { buffer.append($0) }
    if inputDescriptor == nil { buffer.end() }
    input = buffer
  }

  /// Serves until the conversation is over; returns the process's exit status. The calling thread becomes the session's, so this is the
  /// last thing a thread does.
  package nonisolated func run() -> Int32 {
    loop.adoptThread()
    // Around all turns and not in each: the look whether this is the session's thread costs 500 instructions.
    let status = assumeIsolated { $0.takeTurns() }
    outlet.close()
    return status
  }

  /// Whether output ended before everything was written; for after `run`, on its thread.
  package nonisolated var hasLostOutput: Bool { assumeIsolated { !$0.phase.isWritable } }

  private func takeTurns() -> Int32 {
    while true {
      loop.runJobs()
      if let status = step() { return status }
    }
  }

  /// One turn: what was read is judged, what may start starts, what waits is written; then sleep until something happens.
  private func step() -> Int32? {
    readsInTurn = 0
    acceptLines()
    pump()
    flush()
    log.flush()
    if isOutputBroken {
      isOutputBroken = false
      outputIsClosed()
    }
    if let status = exitStatus() { return status }
    // A full turn may have made room for lines that are here already, or jobs for this thread.
    if (mustPump && !isClogged) || (linesWaitForRoom && mayAccept) || loop.hasJobs { return nil }
    sleepAndRead()
    return nil
  }

  // MARK: Input

  private func sleepAndRead() {
    let wantsInput =
      !isTurnFull && !input.hasEnded && phase.isReading && queue.mayRead(output: outputBuffer.waiting, unread: input.unread.count)
    pollers[0] = pollfd(fd: wantsInput ? inputDescriptor ?? -1 : -1, events: Int16(POLLIN), revents: 0)
    pollers[1] = pollfd(fd: phase.isWritable ? outlet.descriptor : -1, events: outputBuffer.waiting > 0 ? Int16(POLLOUT) : 0, revents: 0)
    pollers[2] = pollfd(fd: log.hasWaiting ? log.descriptor : -1, events: Int16(POLLOUT), revents: 0)
    for signal in loop.sleep(&pollers, milliseconds: isTurnFull ? 0 : millisecondsUntilNextDeadline()) { receive(signal: signal) }
    if pollers[0].revents != 0 { readInput() }
    if pollers[1].revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0, pollers[1].revents & Int16(POLLOUT) == 0 { outputIsClosed() }
    expireDeadlines()
  }

  /// Nil when no timer is needed: then the loop sleeps until something happens.
  private func millisecondsUntilNextDeadline() -> Int? {
    var next = phase.deadline.map { $0 - MonotonicClock.milliseconds }
    if !clock.isStopped, let first = queue.nextDeadline() { next = min(next ?? .max, first - clock.now) }
    // A millisecond later, so that the deadline is really over when the loop looks.
    return next.map { max(0, $0 + 1) }
  }

  private func readInput() {
    guard let inputDescriptor else { return }
    let room = input.room()
    let count = read(inputDescriptor, room.baseAddress, room.count)
    if count > 0 {
      mirror?.read(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<count]))
      input.append(count)
    } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
      // A read that fails for good is the end too: nothing more will come.
      input.end()
    }
  }

  /// Lines that are here wait for the next turn.
  private var isTurnFull: Bool { readsInTurn >= Limits.readsInPlace }

  private var mayAccept: Bool { phase.isReading && queue.mayAccept(output: outputBuffer.waiting) }

  private func acceptLines() {
    linesWaitForRoom = false
    while !isTurnFull {
      guard mayAccept else {
        linesWaitForRoom = phase.isReading
        return
      }
      // Small responses are handed on in bursts, but never so late that the pipe runs dry while we read on.
      if outputBuffer.waiting > 64 << 10 { flush() }
      switch cutter.next(in: &input) {
      case .message(let line):
        accept(line)
        if line.count > InputBuffer.longPart { input.giveBack(line) }
      case .refused(let error): refuse(error)
      case .needsMore: return
      case .end:
        // Every message was accepted.
        if case .running = phase { phase = .draining(until: drainMilliseconds.map { MonotonicClock.milliseconds + $0 }) }
        return
      }
    }
  }

  private func accept(_ line: UnsafeRawBufferPointer) {
    guard let envelope = UsualReader.read(line) else { return acceptUnusual(line) }
    accept(envelope, in: line, for: .line)
  }

  private func acceptUnusual(_ line: UnsafeRawBufferPointer) {
    switch MessageReader.read(line) {
    case .single(let envelope): accept(envelope, in: line, for: .line)
    case .refused(let error): refuse(error)
    case .batch(let envelopes):
      let batch = queue.openBatch()
      var taken = 0
      for envelope in envelopes {
        accept(envelope, in: line, for: .batch(batch))
        // What waits was copied: of a long line it is not there twice.
        guard envelope.range.upperBound - taken > InputBuffer.longPart else { continue }
        input.giveBack(UnsafeRawBufferPointer(rebasing: line[taken..<envelope.range.upperBound]))
        taken = envelope.range.upperBound
      }
      if let complete = queue.closeBatch(batch) { finish(complete) }
    }
  }

  // MARK: Output

  /// Nobody reads.
  var isClogged: Bool { outputBuffer.waiting > Limits.outputStopsStarts }

  func flush() {
    guard phase.isWritable else { return }
    let before = queue.startsUpTo(output: outputBuffer.waiting)
    outputBuffer.drain { bytes in
      var taken = 0
      while taken < bytes.count {
        switch outlet.write(UnsafeRawBufferPointer(rebasing: bytes[taken...])) {
        case .took(let count):
          mirror?.wrote(UnsafeRawBufferPointer(rebasing: bytes[taken..<taken + count]))
          taken += count
        case .wouldBlock: return taken
        case .failed:
          // Inside a write the phase must not change under the writer; the turn does it.
          isOutputBroken = true
          return taken
        }
      }
      return taken
    }
    writers.wake(writtenUpTo: outputBuffer.writtenUpTo)
    if isClogged { clock.stop() } else { clock.goOn() }
    // Whatever came while it was clogged waits, also what waits for nothing else.
    if queue.startsUpTo(output: outputBuffer.waiting) > before { mustPump = true }
  }
}
