import Bridge
import CLibraries
import JSON
import JSONRPC
import System
import Terminal

/// `call`: one request, served by a session that reads nothing.
enum CallCommand {
  /// A wait that is shorter needs no line of progress.
  private static let progressAfter = 1_000

  /// Returns the exit status.
  static func run(_ method: String, _ arguments: [String], _ call: CallOptions, _ options: Options, _ keys: ScrubbedSecrets) -> Int32 {
    guard let loop = PollLoop(), let wire = StandardStreams.moveWire() else { return Program.sayNoDescriptors() }
    let log = Log(of: BridgeVersion.program, descriptor: wire.errors, level: options.logLevel, isOff: wire.logIsWire) { loop.wake() }
    let local = Wiring.local(options, log, serves: false)
    let table = AllMethods.table(in: Wiring.context(options, keys, log, on: loop, local, serves: false))
    let request: CallRequest
    do throws(RPCError) {
      let input = call.readsParams ? try ParamsInput.read(from: wire.input) : nil
      request = try CallRequest(method, arguments, call, input: input, table)
    } catch {
      call.errors.write(error)
      return ExitStatus.ofCall(endingWith: error.kind.code)
    }
    ncb_process_forward_signals(loop.signalDescriptor)
    let progress = ProgressLine(
      request.name, afterMilliseconds: progressAfter, on: TerminalLook(2, variable: Environment.value))
    let printer = CallPrinter(request, call, on: TerminalLook(wire.output, variable: Environment.value), progress: progress)
    let session = Session(
      loop: loop, table: table, log: log, framing: LineFraming(), input: nil, initial: request.line, output: wire.output
    ) { printer.render($0) }
    let status = session.run()
    let printed = printer.finish()
    Program.waitForMigration(of: local, log)
    // An error was said on stderr, whatever became of stdout.
    if status == 0, printed ?? 0 == 0, session.hasLostOutput { return ExitStatus.lostOutput }
    return status == 0 ? printed ?? 1 : status
  }
}
