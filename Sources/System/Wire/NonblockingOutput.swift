#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A descriptor that is written without ever blocking, and without setting O_NONBLOCK on what other processes share.
package struct NonblockingOutput: Sendable {
  package enum Attempt: Equatable {
    case took(Int)
    case wouldBlock
    /// Nobody reads any more, or writing failed for good; the errno.
    case failed(Int32)
  }

  private enum Way: Sendable {
    /// Our own open file description, reopened through /proc and nonblocking.
    case nonblocking
    case socket
    /// A regular file: never blocks for long, and reopening would lose its offset and O_APPEND.
    case plain
    /// Someone else's pipe or no /proc: after POLLOUT a pipe takes PIPE_BUF bytes without blocking.
    case afterPoll
  }

  package let descriptor: Int32
  private let way: Way

  /// Takes over the descriptor.
  package init(_ descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      (self.descriptor, way) = (descriptor, .plain)
      return
    }
    switch status.st_mode & S_IFMT {
    case S_IFSOCK: (self.descriptor, way) = (descriptor, .socket)
    case S_IFREG: (self.descriptor, way) = (descriptor, .plain)
    default:
      let reopened = open("/proc/self/fd/\(descriptor)", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
      if reopened >= 0 {
        _ = systemClose(descriptor)
        (self.descriptor, way) = (reopened, .nonblocking)
      } else {
        (self.descriptor, way) = (descriptor, .afterPoll)
      }
    }
  }

  /// Nothing may be written afterwards.
  package func close() { _ = systemClose(descriptor) }

  package func write(_ bytes: UnsafeRawBufferPointer) -> Attempt {
    guard let base = bytes.baseAddress, bytes.count > 0 else { return .took(0) }
    while true {
      let count =
        switch way {
        case .nonblocking, .plain: systemWrite(descriptor, base, bytes.count)
        case .socket: send(descriptor, base, bytes.count, sendFlags)
        case .afterPoll: isWritable ? systemWrite(descriptor, base, min(bytes.count, Self.leastRoom)) : 0
        }
      if count > 0 { return .took(count) }
      if count == 0 { return .wouldBlock }
      switch errno {
      case EINTR: continue
      case EAGAIN, EWOULDBLOCK: return .wouldBlock
      default: return .failed(errno)
      }
    }
  }

  /// What a pipe takes without blocking once `poll` says POLLOUT: the least PIPE_BUF that POSIX allows. Linux has 4,096.
  static let leastRoom = 512

  private var isWritable: Bool {
    var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&poller, 1, 0) == 1 && poller.revents & Int16(POLLOUT | POLLERR) != 0
  }
}

#if canImport(Glibc)
  private let sendFlags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
  private let systemClose = Glibc.close
  private func systemWrite(_ descriptor: Int32, _ base: UnsafeRawPointer, _ count: Int) -> Int { Glibc.write(descriptor, base, count) }
#else
  private let sendFlags = Int32(MSG_DONTWAIT)
  private let systemClose = Darwin.close
  private func systemWrite(_ descriptor: Int32, _ base: UnsafeRawPointer, _ count: Int) -> Int { Darwin.write(descriptor, base, count) }
#endif
