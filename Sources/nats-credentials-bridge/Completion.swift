import JSON
import JSONRPC

/// What the completion scripts of all shells say, each in its own language.
enum Completion {
  static let program = "nats-credentials-bridge"

  /// What may stand after `name=`.
  static func words(of param: Method.ParamSchema) -> Option.Words {
    if let choices = param.schema["enum"]?.array { return .these(choices.compactMap(\.string)) }
    if param.schema["type"]?.string == "boolean" { return .these(["true", "false"]) }
    return switch param.name {
    case "region": .these(Option.regions)
    // JSON Schema has no word for the name of a file.
    case "save_to": .file
    default: .anything
    }
  }

  static func description(of param: Method.ParamSchema) -> String { firstSentence(param.schema["description"]?.string ?? "") }

  static func firstSentence(_ text: String) -> String {
    guard let end = text.firstRange(of: ". ")?.lowerBound else { return text.hasSuffix(".") ? String(text.dropLast()) : text }
    return String(text[..<end])
  }

  /// The options that a command takes; those of all commands for nil.
  static func options(of command: String?) -> [Option] { Option.all.filter { $0.command == command } }

  /// What may stand on the line for a command, as each shell takes it.
  static func words(for command: String) -> [String] { command == CommandSpec.implied ? [command, #""""#] : [command] }

  /// The commands that have options of their own.
  static let ownersOfOptions = CommandSpec.all.map(\.name).filter { !options(of: $0).isEmpty }

  static let optionsWithValues = Option.all.filter { $0.value != nil }

  /// What completes a value, in a shell's words: `--option` or `method/param`, and what `text` makes of what may stand there.
  static func values(_ methods: [Method], _ text: (Option.Words) -> String?) -> [(String, String)] {
    let options = optionsWithValues.map { ($0.names[0], $0.words) }
    let params = methods.flatMap { method in method.params.map { ("\(method.name)/\($0.name)", words(of: $0)) } }
    return (options + params).compactMap { key, words in text(words).map { (key, $0) } }
  }

  /// One word for bash, zsh and fish, which differ only in what a backslash means between quotes; none of our texts has one.
  static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: #"'"'"'"#) + "'" }
}
