import Credentials
import JSON
import LocalBackend
import ScalewayBackend
import System

/// Says what is configured and where it came from, and what is well and what is not. No secret is ever shown, only that it is there.
enum Doctor {
  /// Returns the exit status: 0 only if all is well.
  static func run(_ options: Options, _ keys: ScrubbedSecrets, forgetting server: String?, repairs: Bool) -> Int32 {
    let settings = Wiring.localSettings(options)
    if let server { return forget(server, settings) }
    if repairs { repair(settings) }
    let configuration = Configuration(keys, profile: options.profile) { StandardError.write($0) }
    let (sources, problem) = Wiring.sources(options, configuration)
    for setting in sources { print("  \(setting.name): from \(StandardError.escaped(setting.source))") }
    let scaleway = problem.map { [Diagnostic("Scaleway", passed: false, $0)] } ?? Self.scaleway(options, configuration)
    let diagnostics = LocalDiagnostics(settings, needsServer: needsServer(options, configuration)).diagnostics() + scaleway
    for diagnostic in diagnostics { print("\(mark(diagnostic.level)) \(diagnostic.subject): \(StandardError.escaped(diagnostic.text))") }
    return diagnostics.allSatisfy(\.passed) ? 0 : 1
  }

  private static func mark(_ level: Diagnostic.Level) -> String {
    switch level {
    case .passed: "ok"
    case .note: "--"
    case .failed: "FAIL"
    }
  }

  /// Whoever works in Scaleway's regions and once tried `local` needs no nats-server.
  private static func needsServer(_ options: Options, _ configuration: Configuration) -> Bool {
    do throws(CredentialsError) {
      return try RegionChoice(option: options.region, configuration) { _ in }.resolve(nil) == .local
    } catch { return true }
  }

  private static func repair(_ settings: LocalSettings) {
    let done = BlockingCall<Result<[String], CredentialsError>>().run(atMost: 600_000) { _ in
      do throws(CredentialsError) {
        return .success(try await LocalBackend(settings) { StandardError.write($0) }.repair())
      } catch { return .failure(error) }
    }
    switch done {
    case .success(let lines): for line in lines { print("   repaired: \(StandardError.escaped(line))") }
    case .failure(let error): StandardError.write("not repaired: \(error.message)")
    }
  }

  /// Asks the service for one account, if there is a key.
  private static func scaleway(_ options: Options, _ configuration: Configuration) -> [Diagnostic] {
    do throws(CredentialsError) {
      let settings = try configuration.settings()
      if settings.isEmpty { return [] }
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

  private static func forget(_ server: String, _ settings: LocalSettings) -> Int32 {
    let forgotten = BlockingCall<Result<Bool, CredentialsError>>().run(atMost: 30_000) { _ in
      do throws(CredentialsError) {
        return .success(try await LocalBackend(settings) { StandardError.write($0) }.forgetServer(server))
      } catch { return .failure(error) }
    }
    switch forgotten {
    case .success(true):
      print("forgotten; a serving bridge continues with what waited for it")
      return 0
    case .success(false):
      StandardError.write("no server of this name has ever acknowledged claims; doctor names those that are behind")
    case .failure(let error): StandardError.write("not forgotten: \(error.message)")
    }
    return 1
  }
}
