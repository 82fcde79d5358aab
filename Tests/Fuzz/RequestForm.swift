/// What JSON-RPC 2.0 and the bridge's protocol say of one element of a line.
struct RequestForm {
  let isValid: Bool
  let isNotification: Bool
  /// The id an answer bears; nil where it is null because no id can be told.
  let id: PlainJSON?
  /// Nil if half a surrogate pair stands in it.
  let method: String?

  init(_ plain: PlainJSON) {
    guard case .object(let members) = plain else {
      (isValid, isNotification, id, method) = (false, false, nil, nil)
      return
    }
    let ids = plain.all("id")
    let isLegal = ids.count == 1 && Self.isLegal(ids[0])
    id = isLegal ? ids[0] : nil
    let methods = plain.all("method")
    method = methods.first?.text
    let isNamed = if case .string? = methods.first { true } else { false }
    let params = plain.all("params").first
    let paramsAreFine =
      switch params {
      case nil, .array, .object: true
      default: false
      }
    isValid =
      Set(members.map { Array(String(decoding: $0.name, as: UTF16.self).utf8) }).count == members.count && (ids.isEmpty || isLegal)
      && plain.all("jsonrpc").first?.text == "2.0" && isNamed
      && paramsAreFine
    isNotification = isValid && ids.isEmpty
  }

  private static func isLegal(_ id: PlainJSON) -> Bool {
    switch id {
    case .string(let units): PlainJSON.isText(units)
    case .number: true
    case .word(let word): word == "null"
    case .array, .object: false
    }
  }
}
