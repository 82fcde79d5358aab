package import System

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One conversation: owns both ends of the wire, the requests, and their order. Everything in it happens on one thread, its poll loop.
///
/// The way of a line: `step` reads and cuts it, `accept` judges it and fixes its place, `start` runs it, `answer` answers it exactly once,
/// `flush` hands it to the pipe.
package actor Session {
  let loop: PollLoop
  package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  let table: MethodTable
  let log: Log
  let input: Int32?
  let outlet: NonblockingOutput
  private let mirror: SessionMirror?
  /// Turns a line into what is written; the identity but for the command line's `call`.
  let render: (@Sendable ([UInt8]) -> [UInt8])?

  var framing: Framing
  var outbox = Outbox()
  var clock = SessionClock()

  /// By key; keys count up in the order of the lines.
  var requests: [Int: Request] = [:]
  var keysByID: [RequestID: Int] = [:]
  var order = RequestOrder()
  var deadlines = SortedQueue<RequestDeadline>()
  var waitingCount = 0
  var waitingBytes = 0
  /// The ids of those that run.
  var runningBytes = 0
  var lastKey = 0
  var batches: [Int: Batch] = [:]
  var openBatches = SortedQueue<Int>()
  /// Answers that wait for the rest of their batches.
  var bytesInBatches = 0
  /// Who asks for a page of rows.
  var pages = PageTurns()
  /// Streams that sleep until their parts are written.
  var writers: [Int: (place: Int, continuation: CheckedContinuation<Bool, Never>)] = [:]
  /// Answers that must not get lost, by the place their line ends at.
  var undelivered: [(place: Int, aftermath: Aftermath)] = []
  var life = Life.serving
  var drainMilliseconds: Int?
  var mustPump = false
  var isInputOver: Bool
  var isOutputBroken = false
  var signalledTwice: Int32?
  /// Undelivered answers that are being looked after, by numbers that count up.
  var aftermaths: [Int: Aftermath] = [:]
  /// Lines are here that no room was left for.
  var linesWaitForRoom = false

  /// `initial` is served before anything is read; without an `input` it is all there is. Takes the descriptors over.
  /// `drainMilliseconds` bounds how long requests may live on after the end of input.
  package init(
    loop: PollLoop, table: MethodTable, log: Log, input: Int32?, initial: [UInt8] = [], output: Int32, drainMilliseconds: Int? = nil,
    mirror: SessionMirror? = nil, render: (@Sendable ([UInt8]) -> [UInt8])? = nil
  ) {
    self.loop = loop
    self.table = table
    self.log = log
    self.input = input
    self.drainMilliseconds = drainMilliseconds
    self.mirror = mirror
    self.render = render
    outlet = NonblockingOutput(output)
    var lines = Framing(room: initial.count)
    initial.withUnsafeBytes { lines.append($0) }
    if input == nil { lines.end() }
    framing = lines
    isInputOver = input == nil
  }

  /// Serves until the conversation is over; gives the process's exit status. The calling thread becomes the session's, so this is the
  /// last thing a thread does.
  package nonisolated func run() -> Int32 {
    loop.adoptThread()
    while true {
      loop.runJobs()
      guard let status = assumeIsolated({ $0.step() }) else { continue }
      outlet.close()
      return status
    }
  }

  /// Whether output ended before everything was written; for after `run`, on its thread.
  package nonisolated var hasLostOutput: Bool { assumeIsolated { !$0.life.isWritable } }

  /// One turn: what was read is judged, what may start starts, what waits is written; then sleep until something happens.
  private func step() -> Int32? {
    acceptLines()
    pump()
    flush()
    log.flush()
    if let status = lifeStatus() { return status }
    // A full turn may have made room for lines that are here already, or jobs for this thread.
    if (mustPump && !isClogged) || (linesWaitForRoom && mayAccept) || loop.hasJobs { return nil }
    sleepAndRead()
    return nil
  }

  private func sleepAndRead() {
    let wantsInput = mayRead && !isInputOver
    var pollers = [
      pollfd(fd: wantsInput ? input ?? -1 : -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: life.isWritable ? outlet.descriptor : -1, events: outbox.waiting > 0 ? Int16(POLLOUT) : 0, revents: 0),
      pollfd(fd: log.hasWaiting ? log.descriptor : -1, events: Int16(POLLOUT), revents: 0),
    ]
    for signal in loop.sleep(&pollers, milliseconds: millisecondsUntilNextDeadline()) { receive(signal: signal) }
    if pollers[0].revents != 0 { readInput() }
    if pollers[1].revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0, pollers[1].revents & Int16(POLLOUT) == 0 { outputIsClosed() }
    expireDeadlines()
  }

  private func readInput() {
    guard let input else { return }
    let room = framing.room()
    let count = read(input, room.baseAddress, room.count)
    if count > 0 {
      mirror?.read(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<count]))
      framing.append(count)
    } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
      // A read that fails for good is the end too: nothing more will come.
      inputIsOver()
    }
  }

  func inputIsOver() {
    guard !isInputOver else { return }
    isInputOver = true
    framing.end()
  }

  /// Room for one more line: else it stays in the pipe, which is the only brake a client feels.
  var mayAccept: Bool {
    life.isReading && waitingCount < Limits.waitingRequests && heldBytes < Limits.waitingBytes
      && outbox.waiting + bytesInBatches <= Limits.outputStopsReading
  }

  /// What is here of the next lines counts with what is held; a line that waits for no other may have all the room.
  private var mayRead: Bool { mayAccept && (waitingBytes == 0 || heldBytes + framing.waiting <= Limits.waitingBytes) }

  /// The lines of what waits, the ids of what runs, the output: together they have a bound, which is lower than the sum of three.
  private var heldBytes: Int { waitingBytes + runningBytes + outbox.waiting + bytesInBatches }

  /// Nobody reads.
  var isClogged: Bool { outbox.waiting > Limits.outputStopsStarts }

  /// The last request that may start for all the output that waits: none while nobody reads.
  ///
  /// Answers inside batches count, too, but nobody's reading makes them fewer: that takes the answers that are still missing. So what
  /// holds the others up holds up neither the oldest batch that is open nor anything that came before its end, which its elements may
  /// depend on. Hence no deadlock: of what may start, each waits for a place, which is left by requests that run, and those end by
  /// themselves, by their time, or when their parts are read; or for a mutation with a lower key, for which the same holds; the lowest
  /// waits for nobody. With its last answer the oldest batch becomes output, which is read or not like every other, and the next one is
  /// the oldest. The clock goes on meanwhile: only while nobody reads does it stand still.
  var startsUpTo: Int {
    if isClogged { return 0 }
    if outbox.waiting + bytesInBatches <= Limits.outputStopsStarts { return .max }
    return openBatches.first.flatMap { batches[$0]?.lastKey } ?? .max
  }

  func flush() {
    guard life.isWritable else { return }
    let before = startsUpTo
    outbox.drain { bytes in
      var taken = 0
      while taken < bytes.count {
        switch outlet.write(UnsafeRawBufferPointer(rebasing: bytes[taken...])) {
        case .took(let count):
          mirror?.wrote(UnsafeRawBufferPointer(rebasing: bytes[taken..<taken + count]))
          taken += count
        case .wouldBlock: return taken
        case .failed:
          outputIsClosedSoon()
          return taken
        }
      }
      return taken
    }
    wakeWriters()
    if isClogged { clock.stop() } else { clock.goOn() }
    // Whatever came while it was clogged waits, also what waits for nothing else.
    if startsUpTo > before { mustPump = true }
  }
}
