import Bridge
import Credentials
import JSON
import JSONRPC
import System

/// What is made from the method table and printed without serving: schemas, the OpenRPC document, completions, the manual.
enum Documents {
  private static var methods: [Method] { AllMethods.methods(in: Wiring.contextForDocuments) }

  static var openrpc: JSONValue { AllMethods.document(of: methods) }

  private static var files: [(name: String, content: [UInt8])] {
    methods.map { ("\($0.name).json", $0.schemaDocument.pretty) } + [
      ("openrpc.json", openrpc.pretty), ("README.md", Array(MethodsPage.text(methods).utf8)),
    ]
  }

  static var schemas: JSONValue { .object(methods.map { JSONMember($0.name, $0.schemaDocument) }) }

  static func completion(for shell: Shell) -> String {
    switch shell {
    case .bash: BashCompletion.script(methods)
    case .zsh: ZshCompletion.script(methods)
    case .fish: FishCompletion.script(methods)
    }
  }

  /// `words` are the command and the method that are asked about, if any.
  static func help(about words: [String]) throws(Options.Problem) -> String {
    let table = MethodTable(methods)
    guard let name = words.first else { return Help.page(table.methods) }
    guard let command = CommandSpec.all.first(where: { $0.name == name }) else {
      if let method = table.find(name) { return MethodHelp.page(of: method) }
      throw Options.Problem(message: "there is no such command and no such method; --help shows them")
    }
    guard name == CommandSpec.call else { return Help.page(of: command) }
    guard words.count > 1 else { return Help.page(of: command) + "\n" + MethodHelp.list(table.methods) }
    guard let method = table.find(words[1]) else {
      throw Options.Problem(message: CallRequest.unknown(words[1], table).message, isCallUsage: true)
    }
    return MethodHelp.page(of: method)
  }

  static var manual: String { Manual.page(methods) }

  /// Writes a file for each method into a folder. Returns the exit status.
  static func write(to folder: String) -> Int32 {
    for file in files {
      let path = "\(folder)/\(file.name)"
      do throws(SystemError) {
        let opened = try OpenFile(path, .overwrite, permissions: 0o666, or: "\(path) cannot be written")
        try opened.write(file.content, or: "\(path) was not written wholly")
      } catch {
        StandardError.write(error.message)
        return 1
      }
    }
    return 0
  }
}
