import Bridge
import Foundation
import JSON
import JSONRPC
import System

/// A whole session: each line draws exactly one answer, or none as the protocol says; each answer is JSON-RPC and bears its request's id.
extension FuzzTarget {
  static let session = FuzzTarget(name: "session") { input in
    var expected: [PlainJSON?: Int] = [:]
    var lines = 0
    for line in Self.lines(of: input) {
      let ids = answeredIDs(of: line)
      if !ids.isEmpty { lines += 1 }
      for id in ids { expected[id, default: 0] += 1 }
    }
    let answers = try Self.output(for: input).split(separator: 0x0A).map { line in
      try promise(line.allSatisfy { 0x20..<0x7F ~= $0 }, "a line is not printable ASCII")
      return try PlainJSON(Array(line))
    }.filter { $0.all("method").isEmpty }
    try promise(answers.count == lines, "\(lines) lines draw \(answers.count) answers")
    var given: [PlainJSON?: Int] = [:]
    for answer in answers {
      if case .array(let elements) = answer {
        try promise(!elements.isEmpty, "an empty batch is answered")
        for element in elements { given[try id(ofAnswer: element), default: 0] += 1 }
      } else {
        given[try id(ofAnswer: answer), default: 0] += 1
      }
    }
    try promise(given.values.reduce(0, +) == expected.values.reduce(0, +), "there are other answers than requests")
    // Of two requests under way with one id, the second is answered with null.
    for (id, count) in given where id != .word("null") {
      try promise(count <= expected[id] ?? 0, "an id is answered more often than asked")
    }
  }

  static func lines(of input: [UInt8]) -> [[UInt8]] {
    let stream = input.starts(with: [0xEF, 0xBB, 0xBF]) ? input.dropFirst(3) : input[...]
    return stream.split(separator: 0x0A).map { Array($0) }.filter { line in !line.allSatisfy { [0x20, 0x09, 0x0D].contains($0) } }
  }

  /// The ids of the answers that a line draws; nil is one with a null id because none can be told.
  private static func answeredIDs(of line: [UInt8]) -> [PlainJSON?] {
    guard let plain = try? PlainJSON(line) else { return [nil] }
    guard case .array(let elements) = plain else { return answeredID(of: plain) }
    return 1...100 ~= elements.count ? elements.flatMap(answeredID) : [nil]
  }

  private static func answeredID(of plain: PlainJSON) -> [PlainJSON?] {
    let form = RequestForm(plain)
    return form.isNotification ? [] : [form.id]
  }

  /// All that a session writes for an input.
  static func output(for input: [UInt8], inPlace: Bool = true) throws -> [UInt8] {
    guard let file = tmpfile() else { throw Broken(description: "no temporary file: errno \(errno)") }
    defer { fclose(file) }
    guard let loop = PollLoop() else { throw Broken(description: "no pipe: errno \(errno)") }
    let log = Log(of: "test", descriptor: -1, level: .error, isOff: true) {}
    let table = AllMethods.table(in: Stage.context(on: loop, inPlace: inPlace))
    let session = Session(
      loop: loop, table: table, log: log, framing: LineFraming(), input: nil, initial: input, output: dup(fileno(file)))
    try promise(session.run() == 0, "the session does not end with 0")
    rewind(file)
    let output = try FileHandle(fileDescriptor: fileno(file), closeOnDealloc: false).readToEnd() ?? Data()
    try promise(output.isEmpty || output.last == 0x0A, "the last line is not whole")
    return Array(output)
  }

  private static func id(ofAnswer answer: PlainJSON) throws -> PlainJSON {
    try promise(answer.all("jsonrpc").map(\.text) == ["2.0"], "an answer is not of JSON-RPC 2.0")
    let (results, errors) = (answer.all("result"), answer.all("error"))
    try promise(results.count + errors.count == 1, "an answer has not either a result or an error")
    if let error = errors.first {
      guard case .number? = error.all("code").first, error.all("message").first?.text != nil, let data = error.all("data").first,
        data.all("kind").first?.text != nil
      else { throw Broken(description: "an error lacks its code, message or kind") }
      try promise(data.all("kind").first?.text != "internal", "an error is a bug of the bridge")
      try promise(error.all("message").first?.text?.contains(canary) == false, "an error repeats what came in")
    }
    guard let id = answer.all("id").first, answer.all("id").count == 1 else { throw Broken(description: "an answer has not one id") }
    return id
  }
}
