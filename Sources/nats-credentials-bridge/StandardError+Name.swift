import Bridge
import System

extension StandardError {
  /// Under the program's own name, however it was called: scripts look for it.
  static func write(_ message: String) { write(message, of: BridgeVersion.program) }
}
