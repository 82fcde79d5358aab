import CLibraries
import System

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The thread's own: libcurl's multi handle and the transfers in it. Nothing here is ever touched by another thread, but the multi handle's
/// wake-up, which libcurl allows.
struct TransferLoop {
  private let multi: OpaquePointer
  private let settings: HTTPSettings
  private let inbox: Inbox
  private let connections = Connections()
  private var transfers: [OpaquePointer: Transfer] = [:]
  /// A request that was sent was never answered: the connection may be dead, and over HTTP/2 libcurl would go on to use it. Until then each
  /// request makes its own.
  private var deadConnectionsUntil = 0
  /// No request ends before this moment, so that until then none is looked at; nil if there is none.
  private var earliestEnd: Int?
  /// Handles that can be used again.
  private var spare: [EasyHandle] = []

  /// Connections at once to one host, and kept when idle. More requests wait inside libcurl.
  private static let connections = 32
  private static let longestSleep = 50
  /// After so long libcurl uses no idle connection again.
  private static let connectionLife = 120_000

  static func run(_ inbox: Inbox, _ settings: HTTPSettings) {
    let multi: OpaquePointer
    do throws(HTTPError) { multi = try start() } catch { return inbox.refuse(error) }
    _ = ncb_curl_multi_set_long(multi, Int32(NCB_CURLMOPT_MAX_HOST_CONNECTIONS), connections)
    _ = ncb_curl_multi_set_long(multi, Int32(NCB_CURLMOPT_MAXCONNECTS), connections)
    let address = UInt(bitPattern: multi)
    inbox.wake { if let multi = OpaquePointer(bitPattern: address) { _ = ncb_curl_multi_wakeup(multi) } }
    var loop = TransferLoop(multi: multi, inbox, settings)
    while true {
      for message in inbox.take() { loop.follow(message) }
      loop.abortOverdue { !$0.isSent }
      // Again while something ends: over HTTP/2, what came with it over the same connection may have been read already, and wakes no poll.
      repeat { _ = ncb_curl_multi_perform(multi) } while loop.finishDone()
      // Only now: a response that is there already is taken, however late it is looked for.
      loop.abortOverdue { _ in true }
      _ = ncb_curl_multi_poll(multi, loop.sleepMilliseconds)
    }
  }

  private static func start() throws(HTTPError) -> OpaquePointer {
    if let problem = ncb_curl_open()?.pointee {
      let path = problem.path.map { String(cString: $0) }
      let reason = problem.is_missing != 0 ? HTTPError.Reason.libraryMissing : .libraryUnusable(path: path)
      throw HTTPError(reason, .waiting, mayHaveArrived: false, String(cString: problem.message))
    }
    guard let multi = ncb_curl_multi_init() else { throw .notStarted }
    guard ncb_curl_multi_wakeup(multi) == 0 else {
      ncb_curl_multi_cleanup(multi)
      throw .notStarted
    }
    return multi
  }

  private init(multi: OpaquePointer, _ inbox: Inbox, _ settings: HTTPSettings) {
    self.multi = multi
    self.inbox = inbox
    self.settings = settings
  }

  private mutating func follow(_ message: Inbox.Message) {
    switch message {
    case .begin(let pending, let waiter): begin(pending, waiter)
    case .cancel(let pending):
      guard let transfer = transfers.values.first(where: { $0.pending === pending }) else { return }
      transfer.cancel(now: MonotonicClock.milliseconds)
      earliestEnd = min(earliestEnd ?? .max, transfer.endsAt)
    case .abandon(let number): connections.spoil(number)
    }
  }

  private mutating func begin(_ pending: PendingRequest, _ waiter: PendingRequest.Waiter) {
    if pending.isCancelled { return waiter.resume(returning: .failure(.cancelledBeforeSending)) }
    guard let handle = spare.popLast() ?? EasyHandle() else { return waiter.resume(returning: .failure(.noMemory)) }
    let now = MonotonicClock.milliseconds
    let transfer = Transfer(pending, waiter, handle, settings, connections, endsAt: now + pending.request.timeoutMilliseconds)
    guard transfer.prepare(freshConnection: now < deadConnectionsUntil), ncb_curl_multi_add(multi, handle.easy) == 0 else {
      release(handle)
      return waiter.resume(returning: .failure(.noMemory))
    }
    transfers[handle.easy] = transfer
    earliestEnd = min(earliestEnd ?? .max, transfer.endsAt)
  }

  private mutating func abortOverdue(_ isMeant: (Transfer) -> Bool) {
    guard let earliest = earliestEnd else { return }
    let now = MonotonicClock.milliseconds
    if now < earliest { return }
    for transfer in transfers.values where transfer.endsAt <= now && isMeant(transfer) {
      if transfer.wasNeverAnswered { deadConnectionsUntil = now + Self.connectionLife }
      end(transfer, transfer.aborted(inbox))
    }
    earliestEnd = transfers.values.map(\.endsAt).min()
  }

  /// True if libcurl may have more to do at once: each look of its own costs a system call for every request that is under way.
  private mutating func finishDone() -> Bool {
    var code: Int32 = 0
    var hasMore = false
    while let easy = ncb_curl_multi_next_done(multi, &code) {
      guard let transfer = transfers[easy] else { continue }
      hasMore = hasMore || transfer.needsFreshConnection || transfer.connection?.isMultiplexed != false
      if transfer.needsFreshConnection {
        if !restart(transfer) { end(transfer, .failure(.noMemory)) }
      } else {
        end(transfer, transfer.outcome(code, inbox))
      }
    }
    return hasMore && !transfers.isEmpty
  }

  /// The connection that libcurl had kept was not to be used. Nothing was sent, so this is no retry.
  private func restart(_ transfer: Transfer) -> Bool {
    _ = ncb_curl_multi_remove(multi, transfer.handle.easy)
    return transfer.prepare(freshConnection: true) && ncb_curl_multi_add(multi, transfer.handle.easy) == 0
  }

  private mutating func end(_ transfer: Transfer, _ outcome: PendingRequest.Outcome) {
    transfers[transfer.handle.easy] = nil
    _ = ncb_curl_multi_remove(multi, transfer.handle.easy)
    release(transfer.handle)
    if case .failure(let error) = outcome, error.reason == .badResponse || error.reason == .tooLarge { transfer.connection?.spoil() }
    transfer.connection?.leave()
    transfer.waiter.resume(returning: outcome)
  }

  private mutating func release(_ handle: EasyHandle) {
    handle.leave()
    if spare.count < Self.connections { spare.append(handle) }
  }

  /// As long as it likes where nothing runs; libcurl's own timers are in its poll. While something runs it looks now and then: over HTTP/2
  /// some of its versions leave lying what they have read.
  private var sleepMilliseconds: Int32 {
    guard let next = earliestEnd, !transfers.isEmpty else { return .max }
    return Int32(clamping: min(Self.longestSleep, max(0, next - MonotonicClock.milliseconds)))
  }
}
