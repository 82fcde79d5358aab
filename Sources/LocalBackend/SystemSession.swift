/// Requests of the system account over one connection, which reach every server of its cluster.
struct SystemSession {
  private let connection: NATSConnection
  private let inbox: String
  private static let mostAnswers = 1_000
  /// Of the answers that are collected at once; a look-up's is a whole account's claims.
  private static let mostAnswerBytes = 32 << 20

  init(_ connection: NATSConnection, inbox: String) {
    self.connection = connection
    self.inbox = "_INBOX.\(inbox)"
    connection.subscribe("\(self.inbox).*")
  }

  enum Request: String { case ping, before, update, after, connections }

  func ask(_ request: Request, _ subject: String, _ payload: [UInt8] = []) {
    connection.publish(subject, reply: "\(inbox).\(request.rawValue)", payload)
  }

  /// Sends what was asked and gives the answers to each request as they come, until `isEnough` says so or the deadline comes.
  func collect(
    into answers: inout [Request: [[UInt8]]], _ deadline: Deadline, until isEnough: ([Request: [[UInt8]]]) -> Bool
  ) throws(ServerProblem) {
    try connection.flush(deadline)
    var (count, bytes) = (0, 0)
    while !isEnough(answers), count < Self.mostAnswers, bytes < Self.mostAnswerBytes, let message = try connection.next(deadline) {
      guard let request = Request(rawValue: String(message.subject.dropFirst(inbox.utf8.count + 1))) else { continue }
      if message.isNoResponders {
        throw ServerProblem(.rejected, "the server has no resolver that takes claims")
      }
      answers[request, default: []].append(message.payload)
      count += 1
      bytes += message.payload.count
    }
  }
}
