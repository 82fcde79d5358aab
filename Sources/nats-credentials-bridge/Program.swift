import Bridge
import CLibraries
import Credentials
import JSON
import JSONRPC

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Arguments in, wiring, exit status out. Knows how nothing works.
enum Program {
  private static let usageStatus: Int32 = 64

  static func run(_ arguments: [String]) -> Never {
    let options: Options
    do throws(Options.Usage) {
      options = try Options(arguments)
    } catch {
      printError(error.message)
      exit(arguments.first == "call" ? CallRequest.usageStatus : usageStatus)
    }
    switch options.command {
    case .help: print(Help.text, terminator: "")
    case .version: print("nats-credentials-bridge \(BridgeVersion.text)")
    case .openrpc: print(String(decoding: Documents.openrpc.pretty, as: UTF8.self), terminator: "")
    case .schemas(let folder): exit(Documents.write(to: folder))
    case .doctor(let server): exit(Doctor.run(options, forgetting: server))
    case .serve: exit(serve(options))
    case .call(let method, let arguments, let all): exit(call(method, arguments, all: all, options))
    }
    exit(0)
  }

  private static func serve(_ options: Options) -> Int32 {
    let wire = Descriptors.moveWire()
    let loop = PollLoop()
    let log = Log(descriptor: wire.errors, level: options.logLevel, isOff: wire.logIsWire) { loop.wake() }
    ncb_process_forward_signals(loop.signalDescriptor)
    let table = AllMethods.table(in: Wiring.context(options, log))
    let session = Session(
      loop: loop, table: table, log: log, input: wire.input, output: wire.output, drainMilliseconds: options.drainSeconds.map { $0 * 1000 })
    return session.run()
  }

  private static func call(_ method: String, _ arguments: [String], all: Bool, _ options: Options) -> Int32 {
    let loop = PollLoop()
    let wire = Descriptors.moveWire()
    let log = Log(descriptor: wire.errors, level: options.logLevel, isOff: wire.logIsWire) { loop.wake() }
    let table = AllMethods.table(in: Wiring.context(options, log, serves: false))
    let request: CallRequest
    do throws(Options.Usage) {
      request = try CallRequest(method, arguments, all: all, table)
    } catch {
      printError(error.message)
      return CallRequest.usageStatus
    }
    ncb_process_forward_signals(loop.signalDescriptor)
    let printer = CallPrinter(isTerminal: isatty(wire.output) == 1)
    let session = Session(
      loop: loop, table: table, log: log, input: nil, initial: request.line, output: wire.output
    ) { printer.render($0) }
    let status = session.run()
    return status == 0 ? printer.status : status
  }

  static func printError(_ message: String) {
    let line = Array("nats-credentials-bridge: \(message)\n".utf8)
    _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
  }
}
