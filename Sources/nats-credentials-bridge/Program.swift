import Bridge
import CLibraries
import Credentials
import JSON
import JSONRPC
import LocalBackend
import System

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Arguments in, wiring, exit status out. Knows how nothing works.
enum Program {
  static func run(_ arguments: [String]) -> Never {
    let options: Options
    do throws(Options.Problem) {
      options = try Options(arguments)
    } catch {
      StandardError.write(error.message)
      exit(error.exitStatus)
    }
    let keys = ScrubbedSecrets.take()
    switch options.command {
    case .help(let words): exit(help(about: words))
    case .version: exit(show(Array("nats-credentials-bridge \(BridgeVersion.text)\n".utf8)))
    case .openrpc: exit(show(Documents.openrpc.pretty))
    case .completion(let shell): exit(show(Array(Documents.completion(for: shell).utf8)))
    case .manual: exit(show(Array(Documents.manual.utf8)))
    case .schemas(let folder?): exit(Documents.write(to: folder))
    case .schemas(nil): exit(show(Documents.schemas.pretty))
    case .doctor(let server, let repairs, let asJSON):
      exit(Doctor.run(options, keys, forgetting: server, repairs: repairs, asJSON: asJSON))
    // `_exit`: nothing is buffered here, and what libraries do at `exit` would pull the ground from under threads that still push.
    case .serve: _exit(serve(options, keys))
    case .call(let method, let arguments): _exit(CallCommand.run(method, arguments, options.call, options, keys))
    }
  }

  private static func serve(_ options: Options, _ keys: ScrubbedSecrets) -> Int32 {
    guard let loop = PollLoop(), let wire = StandardStreams.moveWire() else { return sayNoDescriptors() }
    let log = Log(of: BridgeVersion.program, descriptor: wire.errors, level: options.logLevel, isOff: wire.logIsWire) { loop.wake() }
    ncb_process_forward_signals(loop.signalDescriptor)
    let local = Wiring.local(options, log)
    let table = AllMethods.table(in: Wiring.context(options, keys, log, on: loop, local))
    let mirror = options.mirrorFolder.flatMap { beginMirror(in: $0, table, log) }
    let session = Session(
      loop: loop, table: table, log: log, framing: LineFraming(), input: wire.input, output: wire.output,
      drainMilliseconds: options.drainSeconds.map { $0 * 1000 }, mirror: mirror)
    let status = session.run()
    mirror?.close()
    waitForMigration(of: local, log)
    log.flush()
    return status
  }

  /// The end of a process is put off until a store that it migrates is migrated, whoever still waits for that; a signal ends it at once.
  static func waitForMigration(of local: LocalBackend, _ log: Log) {
    guard local.isMigrating else { return }
    ncb_process_default_signals()
    log.write(.warning, "the store of an earlier version is still being migrated; this process ends when that is done")
    log.flush()
    local.waitForMigration()
    log.flush()
  }

  /// Nil if it cannot be begun: the session is worth more than its mirror.
  private static func beginMirror(in folder: String, _ table: MethodTable, _ log: Log) -> SessionMirror? {
    let began = UTCTime(microseconds: SystemInputs.real.now()).text.replacing(":", with: "-")
    do throws(SystemError) {
      return try SessionMirror(in: folder, named: "\(began)-\(getpid())", hiding: SecretMembers(table)) { log.write(.warning, $0) }
    } catch {
      log.write(.warning, "the session is not mirrored: \(error.message)")
      return nil
    }
  }

  private static func help(about words: [String]) -> Int32 {
    do throws(Options.Problem) { return show(Array(try Documents.help(about: words).utf8)) } catch {
      StandardError.write(error.message)
      return error.exitStatus
    }
  }

  static func sayNoDescriptors() -> Int32 {
    StandardError.write("the system gives no more descriptors: \(SystemError.words(errno)); raise their limit (ulimit -n)")
    return ExitStatus.systemRefused
  }

  /// Writes a document to stdout. Returns the exit status: 0 only if all of it was written.
  static func show(_ bytes: [UInt8]) -> Int32 {
    var left = bytes[...]
    while !left.isEmpty {
      let count = left.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
      if count > 0 {
        left = left.dropFirst(count)
      } else if errno != EINTR {
        StandardError.write("stdout cannot be written: \(SystemError.words(errno))")
        return ExitStatus.lostOutput
      }
    }
    return 0
  }
}
