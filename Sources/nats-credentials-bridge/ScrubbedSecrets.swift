import Credentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The variables that hold keys, taken out of the environment: what later looks at it, a library or a child, finds none.
struct ScrubbedSecrets: Sendable {
  /// A few at most, and no dictionary: its type would be made at every start, for which the runtime looks through all conformances.
  private let secrets: [(name: String, value: Secret)]

  /// Before any thread is made: the environment has no lock.
  static func take() -> ScrubbedSecrets {
    var secrets: [(name: String, value: Secret)] = []
    for name in ["SCW_SECRET_KEY", "SCW_ACCESS_KEY", "SCW_TOKEN", "SCALEWAY_TOKEN", "SCALEWAY_ACCESS_KEY"] {
      guard let value = Environment.raw(name) else { continue }
      secrets.append((name, Secret(value)))
      unsetenv(name)
    }
    return ScrubbedSecrets(secrets: secrets)
  }

  func value(_ name: String) -> String? { secrets.first { $0.name == name }?.value.revealed }
}
