import Bridge
import JSON
import JSONRPC

/// What help says of methods. All of it is made of what the method declares, as the JSON Schemas are.
enum MethodHelp {
  /// All methods by their nouns.
  static func list(_ methods: [Method]) -> String {
    var lines = ["Methods of call (call METHOD --help shows how to call one):"]
    var noun: Substring?
    for method in methods {
      let own = method.name.prefix { $0 != "." }
      if own != noun { lines.append("  \(own)") }
      noun = own
      lines.append(HelpText.entry(method.name, Completion.firstSentence(method.summary), indent: 4, column: 25))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  static func page(of method: Method) -> String {
    [
      "Usage: \(Completion.program) call \(method.name)\(method.params.isEmpty ? "" : " [PARAMETER=VALUE…]") [OPTIONS]",
      HelpText.paragraph(method.summary),
      method.params.isEmpty ? "It takes no parameters." : "Parameters:\n" + method.params.map(entry).joined(separator: "\n"),
      examples(of: method),
      result(of: method),
      "Errors, with the exit status of call:\n" + errors(of: method),
    ].filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  private static func entry(_ param: Method.ParamSchema) -> String {
    let form = HelpText.paragraph("\(param.name) (\(SchemaWords.form(of: param)))", indent: 2)
    return form + "\n" + HelpText.paragraph(param.schema["description"]?.string ?? "", indent: 6)
  }

  private static func examples(of method: Method) -> String {
    method.examples.map { example in
      let params = (example.params.members ?? []).map(argument)
      return "Example: \(example.name)\n  " + ([Completion.program, CommandSpec.call, method.name] + params).joined(separator: " ")
    }.joined(separator: "\n\n")
  }

  /// As it is typed in a shell.
  private static func argument(_ member: JSONMember) -> String {
    let isText = member.value.string != nil
    let value = SchemaWords.written(member.value)
    let isPlain = value.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./:@,+".contains($0)) }
    let isTyped = isText || member.value.int != nil || member.value == .bool(true) || member.value == .bool(false)
    return member.name + (isTyped ? "=" : ":=") + (isPlain && !value.isEmpty ? value : Completion.quoted(value))
  }

  private static func result(of method: Method) -> String {
    var lines: [String] = []
    if let part = method.part, let (_, row) = SchemaWords.rows(of: part) {
      lines.append("Result: one row per line. Each has " + SchemaWords.members(of: row))
    } else {
      let members = SchemaWords.members(of: method.result)
      lines.append("Result: " + (members.isEmpty ? "an object" : members))
      if let (name, row) = SchemaWords.rows(of: method.result) { lines.append("Each of \(name): " + SchemaWords.members(of: row)) }
    }
    if method.name.hasSuffix(".list") { lines.append("With --all the result is every row, of all pages.") }
    if let description = method.result["description"]?.string { lines.append(description) }
    return lines.map { HelpText.paragraph($0) }.joined(separator: "\n")
  }

  private static func errors(of method: Method) -> String {
    method.errorDocuments.map { error in
      let status = ExitStatus.ofCall(endingWith: error["code"]?.int ?? 0)
      let kind = error["data"]?["kind"]?.string ?? ""
      return HelpText.entry("\(status)  \(kind)", error["message"]?.string ?? "", indent: 2, column: 26)
    }.joined(separator: "\n")
  }
}
