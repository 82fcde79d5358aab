import Credentials
import JSON
import LocalBackend
import ScalewayBackend
import System
import Terminal

/// Says what is configured and where it came from, and what is well and what is not. No secret is ever shown, only that it is there.
enum Doctor {
  /// Returns the exit status: 0 only if all is well that requests which name no region need, and stdout took it.
  static func run(_ options: Options, _ keys: ScrubbedSecrets, forgetting server: String?, repairs: Bool, asJSON: Bool) -> Int32 {
    let settings = Wiring.localSettings(options)
    if let server { return forget(server, settings) }
    let repair = repairs ? repair(settings) : nil
    let configuration = Configuration(keys, profile: options.profile) { StandardError.write($0) }
    let (sources, problem) = Wiring.sources(options, configuration)
    let region = region(options, configuration)
    let scaleway = problem.map { [Diagnostic("Scaleway", passed: false, $0)] } ?? Self.scaleway(options, configuration)
    let report = DoctorReport(
      region: region, settings: sources, repair: repair,
      checks: needed(LocalDiagnostics(settings).diagnostics(), beside: scaleway, in: region))
    if case .failure(let error)? = repair, !asJSON { StandardError.write("not repaired: \(error.message)") }
    let status = show(asJSON ? report.json : report.text(on: TerminalLook(1, variable: Environment.value)))
    return status == 0 && !report.passed ? 1 : status
  }

  /// That of a request which names none; nil if there is none, and then nobody knows what is needed.
  private static func region(_ options: Options, _ configuration: Configuration) -> Region? {
    do throws(CredentialsError) {
      return try RegionChoice(option: options.region, configuration) { _ in }.resolve(nil)
    } catch { return nil }
  }

  /// Whoever works in Scaleway's regions and once tried `local` needs no nats-server and no store, and the other way round.
  private static func needed(_ local: [Diagnostic], beside scaleway: [Diagnostic], in region: Region?) -> [Diagnostic] {
    guard let region else { return local + scaleway }
    if region == .local { return local + scaleway.map { $0.asked(for: region.name) } }
    return local.map { $0.asked(for: region.name) } + scaleway
  }

  private static func repair(_ settings: LocalSettings) -> Result<[String], CredentialsError> {
    BlockingCall<Result<[String], CredentialsError>>().run(atMost: 600_000) { _ in
      do throws(CredentialsError) {
        return .success(try await LocalBackend(settings) { StandardError.write($0) }.repair())
      } catch { return .failure(error) }
    }
  }

  /// Asks the service for one account, if there is a key.
  private static func scaleway(_ options: Options, _ configuration: Configuration) -> [Diagnostic] {
    do throws(CredentialsError) {
      let region = try RegionChoice(option: options.region, configuration) { _ in }.resolve(nil)
      guard region != .local else { return [] }
      let found = BlockingCall<Result<Int, CredentialsError>>().run(atMost: 10_000) { thread in
        do throws(CredentialsError) {
          let backend = try ScalewayRegions(configuration, caFile: Wiring.caFile(options), on: thread).backend(of: region)
          return .success(try await backend.listAccounts(AccountsQuery(), page: 1, size: 1).totalCount)
        } catch { return .failure(error) }
      }
      let count: Int
      do throws(CredentialsError) { count = try found.get() } catch {
        guard error.kind == .cancelled else { throw error }
        return [Diagnostic(region.name, passed: false, "no response from the service within 10 s")]
      }
      return [Diagnostic(region.name, "the service accepts the key; accounts: \(count)")]
    } catch { return [Diagnostic("Scaleway", passed: false, "\(error.kind.rawValue): \(error.message)")] }
  }

  private static func show(_ text: String) -> Int32 { Program.show(Array(text.utf8)) }

  private static func forget(_ server: String, _ settings: LocalSettings) -> Int32 {
    let forgotten = BlockingCall<Result<Bool, CredentialsError>>().run(atMost: 30_000) { _ in
      do throws(CredentialsError) {
        return .success(try await LocalBackend(settings) { StandardError.write($0) }.forgetServer(server))
      } catch { return .failure(error) }
    }
    switch forgotten {
    case .success(true):
      return show("forgotten; a serving bridge continues with what waited for it\n")
    case .success(false):
      StandardError.write("no server of this name has ever acknowledged claims; doctor names those that are behind")
    case .failure(let error): StandardError.write("not forgotten: \(error.message)")
    }
    return 1
  }
}
