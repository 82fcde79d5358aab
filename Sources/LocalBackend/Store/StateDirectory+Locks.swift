import System

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What one process at a time may do. A kill gives a lock back; its file stays for ever.
extension StateDirectory {
  /// A bridge that is stopped while it writes a file must not hold up all others for ever. Longer than a change is awaited after its time, so
  /// that whoever only is slow is waited for.
  private static let lockMilliseconds = 17_000

  /// The right to push claims, which one process has at a time: of two, the older claims could come last and undo a revocation. Nil if another
  /// one still has it at the deadline. Closing the descriptor, or a kill, gives it back.
  func pushLock(_ deadline: Deadline) throws(StoreProblem) -> Int32? {
    try lock("push.lock", called: "push.lock", until: deadline, pause: 2)
  }

  static func release(_ lock: Int32) { close(lock) }

  /// Runs `body` while no other process writes derived files.
  func whileLocked<Result>(_ body: () throws(StoreProblem) -> Result) throws(StoreProblem) -> Result {
    let deadline = Deadline(milliseconds: Self.lockMilliseconds)
    guard let lock = try lock("files.lock", called: "the lock", until: deadline, pause: 1) else {
      throw .storage(.io, "another bridge holds files.lock and does not finish")
    }
    defer { Self.release(lock) }
    return try body()
  }

  /// A descriptor; nil if another process still has the lock at the deadline. `pause`, in milliseconds, lies between two tries.
  private func lock(_ name: String, called subject: String, until deadline: Deadline, pause: Int32) throws(StoreProblem) -> Int32? {
    let file = open(path + "/" + name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw StoreProblem(SystemError("\(subject) cannot be opened")) }
    while flock(file, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EINTR || errno == EWOULDBLOCK else {
        let problem = StoreProblem(SystemError("\(subject) cannot be taken"))
        close(file)
        throw problem
      }
      guard !deadline.isOver else {
        close(file)
        return nil
      }
      poll(nil, 0, pause)
    }
    return file
  }
}
