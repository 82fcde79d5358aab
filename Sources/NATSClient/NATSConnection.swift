import JSON
package import NATSAuth
package import System

/// A small NATS client: INFO, CONNECT with the nonce signed, PUB, SUB, MSG, HMSG, PING and PONG. The server may be anybody's and hostile:
/// every line and payload has a limit, every wait a deadline, and nothing is signed but a nonce of the right form.
package final class NATSConnection {
  private static let longestPayload = 8 << 20

  package let info: ServerInfo
  private let socket: NATSSocket
  private let reader: NATSReader
  private var outgoing: [UInt8] = []

  /// How long a server may be silent before it is asked, on a connection of its own, whether it waits for TLS.
  private static let silenceMilliseconds = 1_000
  private static let wantsTLS = NATSClientError(.tls, "the server requires TLS, which is not supported")

  /// The address that took the connection, as `host:port` in numbers; nil if the system does not say.
  package var peer: String? { socket.peer }

  /// Connects and reads INFO; nothing is sent yet.
  package init(_ address: NATSAddress, _ deadline: Deadline) throws(NATSClientError) {
    socket = try NATSSocket(address, deadline)
    reader = NATSReader(socket)
    var first = try reader.line(Deadline(milliseconds: min(Self.silenceMilliseconds, Int(deadline.remaining))))
    if first == nil {
      // A server that begins with the handshake says nothing before it.
      if Self.beginsWithTLS(address) { throw Self.wantsTLS }
      first = try reader.line(deadline)
    }
    guard let line = first else { throw NATSClientError(.silent, "the server accepted the connection and sends nothing") }
    guard line.starts(with: Array("INFO ".utf8)), let info = ServerInfo(Array(line.dropFirst(5))) else {
      throw NATSClientError(.badProtocol, "what listens there is not a nats-server")
    }
    self.info = info
    guard !info.wantsTLS else { throw Self.wantsTLS }
  }

  /// Whether nobody listens at the address; false where it cannot be said in that time.
  package static func isRefused(at address: NATSAddress, _ deadline: Deadline) -> Bool {
    do throws(NATSClientError) { _ = try NATSSocket(address, deadline) } catch { return error.reason == .refused }
    return false
  }

  /// Greets as TLS does. Whoever speaks it answers with a record of a handshake or an alert, whatever it thinks of the greeting.
  private static func beginsWithTLS(_ address: NATSAddress) -> Bool {
    let deadline = Deadline(milliseconds: 500)
    do throws(NATSClientError) {
      let socket = try NATSSocket(address, deadline)
      // A record of a handshake; in it a greeting: version 1.2, 32 bytes of chance, no session, one cipher suite, no compression.
      let greeting: [UInt8] = [3, 3] + [UInt8](repeating: 0x5A, count: 32) + [0, 0, 2, 0xC0, 0x2F, 1, 0]
      let message: [UInt8] = [1, 0, 0, UInt8(greeting.count)] + greeting
      try socket.write([22, 3, 1, 0, UInt8(message.count)] + message, deadline)
      let answer = try socket.read(deadline)
      return answer.count >= 2 && (answer[0] == 21 || answer[0] == 22) && answer[1] == 3
    } catch {
      return false
    }
  }

  /// Logs in as a user; the server's PONG is the proof.
  package func logIn(token: String, key: KeyPair, _ deadline: Deadline) throws(NATSClientError) {
    guard let nonce = info.nonce else { throw NATSClientError(.notOurs, "the server asks for no signed login, so it is not ours") }
    let signature: [UInt8]
    do throws(CryptoError) { signature = try key.sign(Array(nonce.utf8)) } catch {
      throw NATSClientError(.unsigned, "a login could not be signed")
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
      case .nothing: throw NATSClientError(.silent, "the server does not respond to the login")
      }
    }
  }

  package func subscribe(_ subject: String) { outgoing += Array("SUB \(subject) 1\r\n".utf8) }

  package func publish(_ subject: String, reply: String? = nil, _ payload: [UInt8] = []) {
    let reply = reply.map { "\($0) " } ?? ""
    outgoing += Array("PUB \(subject) \(reply)\(payload.count)\r\n".utf8) + payload + [0x0D, 0x0A]
  }

  package func ping() { outgoing += Array("PING\r\n".utf8) }

  package func flush(_ deadline: Deadline) throws(NATSClientError) {
    try socket.write(outgoing, deadline)
    outgoing.removeAll(keepingCapacity: true)
  }

  /// The next message; nil at the deadline.
  package func next(_ deadline: Deadline) throws(NATSClientError) -> NATSMessage? {
    while true {
      switch try nextOperation(deadline) {
      case .message(let message): return message
      case .nothing: return nil
      case .pong, .other: continue
      }
    }
  }

  package enum Operation {
    case message(NATSMessage)
    case pong
    /// It is dealt with.
    case other
    /// The deadline came first.
    case nothing
  }

  /// What the server says next.
  package func nextOperation(_ deadline: Deadline) throws(NATSClientError) -> Operation {
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
    default: throw NATSClientError(.badProtocol, "the server speaks another protocol")
    }
  }

  private static func problem(_ text: String) -> NATSClientError {
    let refusals = ["authorization violation", "authentication", "account"]
    let isRefusal = refusals.contains { text.lowercased().contains($0) }
    return NATSClientError(isRefusal ? .notOurs : .rejected, "the server said \(NATSClientError.quoted(String(text.dropFirst(5))))")
  }

  private func message(_ words: ArraySlice<Substring>, hasHeaders: Bool, _ deadline: Deadline) throws(NATSClientError) -> Operation {
    let counts = hasHeaders ? 2 : 1
    let numbers = words.suffix(counts).compactMap { Int($0) }
    guard words.count == counts + 2 || words.count == counts + 3, numbers.count == counts, let subject = words.first,
      let total = numbers.last,
      let headers = hasHeaders ? numbers.first : 0, 0...Self.longestPayload ~= total, 0...total ~= headers
    else { throw NATSClientError(.badProtocol, "the server sent a message of no or too great a size") }
    let content = try reader.payload(total, deadline)
    let reply = words.count == counts + 3 ? words.dropFirst(2).first.map(String.init) : nil
    let isNoResponders = content.prefix(headers).starts(with: Array("NATS/1.0 503".utf8))
    return .message(
      NATSMessage(
        subject: String(subject), reply: reply, payload: Array(content.dropFirst(headers)), isNoResponders: isNoResponders))
  }
}
