import JSON
import JSONRPC
import System

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The params that `--params -` reads from stdin: one JSON object, to the end of input.
enum ParamsInput {
  static func read(from descriptor: Int32) throws(RPCError) -> JSONSlice {
    let bytes = try bytes(from: descriptor)
    guard bytes.contains(where: { !" \t\r\n".utf8.contains($0) }) else {
      throw CallRequest.refusal("--params -: stdin is empty; it must be a JSON object")
    }
    guard let params = JSONSlice(parsing: bytes) else {
      throw CallRequest.refusal("--params -: stdin is not JSON; it must be one JSON object, in UTF-8, and nothing else")
    }
    guard params.kind == .object else {
      throw CallRequest.refusal("--params -: stdin is \(article(params.kind)) and must be a JSON object, as {\"name\":\"app\"}")
    }
    return params
  }

  private static func article(_ kind: JSONSlice.Kind) -> String {
    switch kind {
    case .null: "null"
    case .array: "an array"
    default: "a \(kind.rawValue)"
    }
  }

  private static func bytes(from descriptor: Int32) throws(RPCError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = systemRead(descriptor, &chunk, chunk.count)
      if count == 0 { return bytes }
      guard count > 0 else {
        if errno == EINTR { continue }
        // Whoever else has this pipe or terminal may have made it nonblocking: that is a property of what they share.
        if errno == EAGAIN || errno == EWOULDBLOCK {
          var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
          _ = poll(&poller, 1, -1)
          continue
        }
        throw CallRequest.refusal("--params -: stdin cannot be read: \(SystemError.words(errno))")
      }
      bytes += chunk[..<count]
      guard bytes.count <= Limits.lineBytes else {
        throw CallRequest.refusal("--params -: stdin is longer than \(Limits.lineBytes) bytes")
      }
    }
  }
}

#if canImport(Glibc)
  private let systemRead = Glibc.read
#else
  private let systemRead = Darwin.read
#endif
