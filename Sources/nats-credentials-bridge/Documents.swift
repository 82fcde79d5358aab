import Bridge
import Credentials
import JSON
import JSONRPC
import System

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

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

  static var manual: String { Manual.page(methods) }

  /// Writes a file for each method into a folder. Gives the exit status.
  static func write(to folder: String) -> Int32 {
    for file in files {
      guard let handle = fopen("\(folder)/\(file.name)", "w") else {
        StandardError.write("\(folder)/\(file.name) cannot be written: \(String(cString: strerror(errno)))")
        return 1
      }
      let isWritten = file.content.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, handle) } == file.content.count
      guard fclose(handle) == 0, isWritten else {
        StandardError.write("\(folder)/\(file.name) was not written wholly")
        return 1
      }
    }
    return 0
  }
}
