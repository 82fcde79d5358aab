import JSON

@testable import JSONRPC

/// Requests in their lines: which are valid, which are notifications, and by which id an answer goes back, is what the protocol says.
extension FuzzTarget {
  static let envelopes = FuzzTarget(name: "envelopes") { input in
    try input.withUnsafeBytes { line in
      let message = MessageReader.read(line)
      try isTheSame(UsualReader.read(line), message, line)
      let plain: PlainJSON
      do throws(PlainJSON.Problem) { plain = try PlainJSON(input) } catch { return try isRefused(message, error) }
      try same(message, plain, line)
    }
  }
}

/// What the short way takes at all, it marks as the general way does.
func isTheSame(_ usual: Envelope?, _ message: Message, _ line: UnsafeRawBufferPointer) throws(Broken) {
  guard let usual else { return }
  guard case .single(let general) = message else { throw Broken(description: "the short way takes what is no request") }
  try promise(usual.refusal == nil && general.refusal == nil, "the short way takes what is refused")
  try promise(usual.id == general.id, "the short way marks another id")
  try promise(usual.method == general.method, "the short way marks another method")
  try promise(usual.params == general.params, "the short way marks other params")
  try promise(usual.members.count == general.members.count, "the short way counts other members")
  for (one, other) in zip(usual.members.first, general.members.first) {
    try promise(one.name == other.name && one.value == other.value, "the short way marks another member of params")
  }
  try promise(usual.range == general.range, "the short way marks another end")
  try promise(!general.methodHasLoneSurrogate && !general.paramsHaveLoneSurrogate, "the short way takes half a surrogate pair")
  if case .at(let range) = usual.id, usual.echoesID {
    let text = UnsafeRawBufferPointer(rebasing: line[range])
    try promise(RequestID(validated: text).echo == Array(text), "the id does not go back as it came")
  }
}

private func isRefused(_ message: Message, _ problem: PlainJSON.Problem) throws(Broken) {
  guard case .refused(let refusal) = message else { throw Broken(description: "what is not JSON is taken") }
  let kinds: [ErrorKind] =
    switch problem {
    case .malformed: [.parseError]
    case .tooDeep: [.nestingTooDeep]
    case .notUTF8: [.parseError, .nestingTooDeep]
    }
  try promise(kinds.contains(refusal.kind), "\(problem) is refused as \(refusal.kind.name)")
  try promise(!refusal.message.contains(canary), "a refusal repeats what came in")
}

private func same(_ message: Message, _ plain: PlainJSON, _ line: UnsafeRawBufferPointer) throws(Broken) {
  switch message {
  case .single(let envelope):
    if case .array = plain { throw Broken(description: "a batch is taken for a request") }
    try same(envelope, RequestForm(plain), line)
  case .batch(let envelopes):
    guard case .array(let elements) = plain, elements.count == envelopes.count, 1...100 ~= elements.count else {
      throw Broken(description: "a batch has other elements")
    }
    for (envelope, element) in zip(envelopes, elements) { try same(envelope, RequestForm(element), line) }
  case .refused(let refusal):
    guard case .array(let elements) = plain else { throw Broken(description: "JSON is refused as a whole: \(refusal.message)") }
    let kind: ErrorKind? = elements.isEmpty ? .invalidRequest : elements.count > 100 ? .batchTooLarge : nil
    try promise(refusal.kind == kind, "a batch of \(elements.count) is refused as \(refusal.kind.name)")
  }
}

private func same(_ envelope: Envelope, _ form: RequestForm, _ line: UnsafeRawBufferPointer) throws(Broken) {
  if case .because(let refusal)? = envelope.refusal {
    try promise(!form.isValid, "a valid request is refused: \(refusal.message)")
    try promise(!refusal.message.contains(canary), "a refusal repeats what came in")
  } else {
    try promise(form.isValid, "an invalid request is taken")
  }
  try promise(envelope.isNotification == form.isNotification, "it is a notification, or is taken for one")
  if form.isValid {
    let name = decodeJSONString(Array(line[envelope.method])[...])
    try promise(envelope.methodHasLoneSurrogate || sameScalars(name, form.method ?? ""), "the method has another name")
  }
  switch envelope.id {
  case .absent, .illegal: try promise(form.id == nil, "an id is not echoed")
  case .at(let range):
    let echo = RequestID(validated: UnsafeRawBufferPointer(rebasing: line[range])).echo
    try promise(form.id != nil && form.id == (try? PlainJSON(echo)), "the id is echoed as another")
  }
}
