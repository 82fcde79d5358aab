/// Something that reads what others wrote, and what must hold of it whatever they wrote.
struct FuzzTarget: Sendable {
  /// Also the folder of its corpus.
  let name: String
  /// Throws `Broken` where a promise is not kept. A trap is one, too.
  let check: @Sendable ([UInt8]) throws -> Void

  static let all: [FuzzTarget] = [
    .lines, .json, .envelopes, .params, .session, .creds, .claims, .nats, .responses, .rows, .configuration, .cursors, .mirrored,
    .inPlace,
  ]
}

/// A promise that some input broke.
struct Broken: Error, CustomStringConvertible {
  let description: String
}

func promise(_ isKept: Bool, _ words: @autoclosure () -> String) throws(Broken) {
  if !isKept { throw Broken(description: words()) }
}

/// Stands in inputs where a secret could, and may stand in no refusal.
let canary = "Canary7f3a9c"
