import JSON

/// One request that is not answered yet.
struct Request {
  enum State {
    case waiting
    case running
    /// A mutation whose time is over or that was cancelled: its true result is still awaited, for a while.
    case ending(RPCError)
  }

  /// Where the response goes.
  enum Destination {
    case line
    case batch(Int)
  }

  let id: RequestID
  let destination: Destination
  let method: Method?
  let call: PreparedCall
  /// What its line counts while it waits.
  let byteCount: Int
  let acceptedAt: Int
  var state = State.waiting
  /// What runs for it.
  var task: Task<Void, Never>?
  /// On the session's clock; nil while no clock runs for it. Stands in the queue's `deadlines`, too: changed by its `setDeadline` alone.
  var deadline: Int?
  /// Of a mutation that was done before one that it joined: it is answered behind that one.
  var result: Result<Reply, RPCError>?
  /// What a timeout's `data` says about the last attempt to get a response.
  var attempt: [JSONMember] = []
  /// What an error's `data` says about the parts that were sent.
  var progress: [JSONMember] = []

  var isWaiting: Bool { if case .waiting = state { true } else { false } }
  var isMutation: Bool { method?.effect == .mutation }
  var turn: Turn {
    switch call.work {
    case .immediate, .refused: .immediate
    case .routed: call.lane.map { .routed(lane: $0, isMutation: isMutation, joining: call.joining) } ?? .unscoped
    }
  }
}
