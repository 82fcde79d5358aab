import Bridge
import Credentials
import JSON
import JSONRPC

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The schemas and the OpenRPC document, printed without serving.
enum Documents {
  private static var methods: [Method] { AllMethods.methods(in: Wiring.contextForDocuments) }

  static var openrpc: JSONValue { OpenRPC.document(of: methods, version: BridgeVersion.text) }

  private static var files: [(name: String, content: [UInt8])] {
    methods.map { ("\($0.name).json", $0.schemaDocument.pretty) } + [
      ("openrpc.json", openrpc.pretty), ("README.md", Array(MethodsPage.text(methods).utf8)),
    ]
  }

  static var schemas: JSONValue { .object(methods.map { JSONMember($0.name, $0.schemaDocument) }) }

  /// Writes a file for each method into a folder. Gives the exit status.
  static func write(to folder: String) -> Int32 {
    for file in files {
      guard let handle = fopen("\(folder)/\(file.name)", "w") else {
        Program.printError("\(folder)/\(file.name) cannot be written: \(String(cString: strerror(errno)))")
        return 1
      }
      let isWritten = file.content.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, handle) } == file.content.count
      guard fclose(handle) == 0, isWritten else {
        Program.printError("\(folder)/\(file.name) was not written wholly")
        return 1
      }
    }
    return 0
  }
}
