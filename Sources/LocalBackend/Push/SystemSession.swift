import NATSClient
import System

/// Requests of the system account over one connection, which reach every server of its cluster.
struct SystemSession {
  private let connection: NATSConnection
  private let inbox: String
  static let mostAnswers = 1_000
  /// Of the answers that are collected at once; a look-up's is a whole account's claims.
  private static let mostAnswerBytes = 32 << 20

  init(_ connection: NATSConnection, inbox: String) {
    self.connection = connection
    self.inbox = "_INBOX.\(inbox)"
    connection.subscribe("\(self.inbox).*")
  }

  enum Request: String { case ping, before, loaded, update, after, connections, purge }

  func ask(_ request: Request, _ subject: String, _ payload: [UInt8] = []) {
    connection.publish(subject, reply: "\(inbox).\(request.rawValue)", payload)
  }

  /// What a server answered to one request; no payload where the server says that nobody listens to it.
  struct Answer {
    let request: Request
    let payload: [UInt8]?
  }

  /// Sends what was asked and gives each answer, once, as it comes, until `take` says that it is enough or the deadline comes. Asked once
  /// before the first answer, too, with nil. A server may be hostile: what it sends is read once, and only so much of it.
  func collect(_ deadline: Deadline, _ take: (Answer?) throws(ServerProblem) -> Bool) throws(ServerProblem) {
    try ServerProblem.mapping { () throws(NATSClientError) in try connection.flush(deadline) }
    if try take(nil) { return }
    var (count, bytes) = (0, 0)
    while count < Self.mostAnswers, bytes < Self.mostAnswerBytes, let message = try next(deadline) {
      count += 1
      bytes += message.payload.count
      guard let request = Request(rawValue: String(message.subject.dropFirst(inbox.utf8.count + 1))) else { continue }
      if try take(Answer(request: request, payload: message.isNoResponders ? nil : message.payload)) { return }
    }
  }

  private func next(_ deadline: Deadline) throws(ServerProblem) -> NATSMessage? {
    try ServerProblem.mapping { () throws(NATSClientError) in try connection.next(deadline) }
  }
}
