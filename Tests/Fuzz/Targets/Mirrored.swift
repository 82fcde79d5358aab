import JSON

@testable import JSONRPC

/// Lines as they are mirrored: what is JSON stays byte for byte but for the secrets, which a second reader finds too; of anything else
/// nothing is kept.
extension FuzzTarget {
  /// By the name of the object and their own.
  private static let secretNames = [("params", "token"), ("credentials", "content"), ("result", "a")]

  private static let secrets = SecretMembers(
    of: secretNames.map { (object, name) in ("", object, ["properties": .object([JSONMember(name, ["x-secret": true])])]) })

  static let mirrored = FuzzTarget(name: "mirrored") { line in
    let masked = secrets.masking(line)
    let plain = try? PlainJSON(line)
    guard let masked else { return try promise(plain == nil, "a line that is JSON is left out") }
    guard let plain else { throw Broken(description: "what is not JSON is kept") }
    let expected = plain.masked([], []) { object, name in
      secretNames.contains { object.elementsEqual($0.0.utf16) && name.elementsEqual($0.1.utf16) }
    }
    try promise(expected == (try? PlainJSON(masked)), "a secret is shown, or more than secrets is masked")
    try promise(expected != plain || masked == line, "a line without a secret was changed")
    try promise(secrets.masking(masked) == masked, "masked twice it differs")
  }
}

extension PlainJSON {
  /// `object` and `name` are those by which the value is known: elements of an array by the array's.
  fileprivate func masked(_ object: [UInt16], _ name: [UInt16], _ isSecret: ([UInt16], [UInt16]) -> Bool) -> PlainJSON {
    switch self {
    case .string: isSecret(object, name) ? .string(Array("(secret)".utf16)) : self
    case .array(let elements): .array(elements.map { $0.masked(object, name, isSecret) })
    case .object(let members): .object(members.map { Member(name: $0.name, value: $0.value.masked(name, $0.name, isSecret)) })
    case .word, .number: self
    }
  }
}
