import JSON
import NATSAuth

/// A small NATS client: INFO, CONNECT with the nonce signed, PUB, SUB, MSG, HMSG, PING and PONG. The server may be anybody's and hostile:
/// every line and payload has a limit, every wait a deadline, and nothing is signed but a nonce of the right form.
final class NATSConnection {
  private static let longestPayload = 2 << 20

  let info: ServerInfo
  private let socket: NATSSocket
  private let reader: NATSReader
  private var outgoing: [UInt8] = []

  /// Connects and reads INFO; nothing is sent yet.
  init(_ address: NATSAddress, _ deadline: Deadline) throws(ServerProblem) {
    socket = try NATSSocket(address, deadline)
    reader = NATSReader(socket)
    guard let line = try reader.line(deadline) else { throw ServerProblem(.silent, "the server took the connection and says nothing") }
    guard line.starts(with: Array("INFO ".utf8)), let info = ServerInfo(Array(line.dropFirst(5))) else {
      throw ServerProblem(.badProtocol, "what listens there is no nats-server")
    }
    self.info = info
    guard !info.wantsTLS else { throw ServerProblem(.tls, "the server wants TLS, which this client does not speak") }
  }

  /// Logs in as a user; the server's PONG is the proof.
  func logIn(token: String, key: KeyPair, _ deadline: Deadline) throws(ServerProblem) {
    guard let nonce = info.nonce else { throw ServerProblem(.notOurs, "the server asks for no signed login, so it is not ours") }
    let signature: [UInt8]
    do throws(CryptoError) { signature = try key.sign(Array(nonce.utf8)) } catch {
      throw ServerProblem(.store, "a login could not be signed")
    }
    var writer = JSONWriter()
    writer.write([
      "verbose": false, "pedantic": false, "tls_required": false, "name": "nats-credentials-bridge", "lang": "swift", "version": "1",
      "protocol": 1, "echo": true, "headers": true, "no_responders": true, "jwt": .string(token), "sig": .string(base64URL(signature)),
    ])
    outgoing += Array("CONNECT ".utf8) + writer.bytes + Array("\r\nPING\r\n".utf8)
    try flush(deadline)
    while true {
      switch try nextOperation(deadline) {
      case .pong: return
      case .message, .other: continue
      case .nothing: throw ServerProblem(.silent, "the server does not answer the login")
      }
    }
  }

  func subscribe(_ subject: String) { outgoing += Array("SUB \(subject) 1\r\n".utf8) }

  func publish(_ subject: String, reply: String, _ payload: [UInt8] = []) {
    outgoing += Array("PUB \(subject) \(reply) \(payload.count)\r\n".utf8) + payload + [0x0D, 0x0A]
  }

  func flush(_ deadline: Deadline) throws(ServerProblem) {
    try socket.write(outgoing, deadline)
    outgoing.removeAll(keepingCapacity: true)
  }

  /// The next message; nil at the deadline.
  func next(_ deadline: Deadline) throws(ServerProblem) -> NATSMessage? {
    while true {
      switch try nextOperation(deadline) {
      case .message(let message): return message
      case .nothing: return nil
      case .pong, .other: continue
      }
    }
  }

  private enum Operation {
    case message(NATSMessage)
    case pong
    case other
    /// The deadline came first.
    case nothing
  }

  private func nextOperation(_ deadline: Deadline) throws(ServerProblem) -> Operation {
    // Looked at each time: a server that never pauses would else be read for ever.
    guard !deadline.isOver, let line = try reader.line(deadline) else { return .nothing }
    let text = String(decoding: line, as: UTF8.self)
    let words = text.split(separator: " ", omittingEmptySubsequences: true)
    switch words.first?.uppercased() {
    case "PONG": return .pong
    case "PING":
      outgoing += Array("PONG\r\n".utf8)
      try flush(deadline)
      return .other
    case "+OK", "INFO": return .other
    case "MSG": return try message(words.dropFirst(), hasHeaders: false, deadline)
    case "HMSG": return try message(words.dropFirst(), hasHeaders: true, deadline)
    case "-ERR": throw Self.problem(text)
    default: throw ServerProblem(.badProtocol, "the server speaks another protocol")
    }
  }

  private static func problem(_ text: String) -> ServerProblem {
    let refusals = ["authorization violation", "authentication", "account"]
    let isRefusal = refusals.contains { text.lowercased().contains($0) }
    return ServerProblem(isRefusal ? .notOurs : .rejected, "the server said \(ServerProblem.quoted(String(text.dropFirst(5))))")
  }

  private func message(_ words: ArraySlice<Substring>, hasHeaders: Bool, _ deadline: Deadline) throws(ServerProblem) -> Operation {
    let counts = hasHeaders ? 2 : 1
    let numbers = words.suffix(counts).compactMap { Int($0) }
    guard words.count == counts + 2 || words.count == counts + 3, numbers.count == counts, let subject = words.first,
      let total = numbers.last,
      let headers = hasHeaders ? numbers.first : 0, 0...Self.longestPayload ~= total, 0...total ~= headers
    else { throw ServerProblem(.badProtocol, "the server sent a message of no or too great a size") }
    let content = try reader.payload(total, deadline)
    let isNoResponders = content.prefix(headers).starts(with: Array("NATS/1.0 503".utf8))
    return .message(
      NATSMessage(subject: String(subject), payload: Array(content.dropFirst(headers)), isNoResponders: isNoResponders))
  }
}
