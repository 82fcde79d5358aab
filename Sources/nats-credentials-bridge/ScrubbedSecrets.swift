import Credentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The variables that hold keys, taken out of the environment: what later looks at it, a library or a child, finds none.
struct ScrubbedSecrets: Sendable {
  private let secrets: [String: Secret]

  /// Before any thread is made: the environment has no lock.
  static func take() -> ScrubbedSecrets {
    var secrets: [String: Secret] = [:]
    for name in ["SCW_SECRET_KEY", "SCW_ACCESS_KEY", "SCW_TOKEN", "SCALEWAY_TOKEN", "SCALEWAY_ACCESS_KEY"] {
      guard let value = Environment.raw(name) else { continue }
      secrets[name] = Secret(value)
      unsetenv(name)
    }
    return ScrubbedSecrets(secrets: secrets)
  }

  func value(_ name: String) -> String? { secrets[name]?.revealed }
}
