/// The credentials client: one door to every region. Routes a call to the backend of its region and does nothing else, so it never
/// blocks, and nothing it holds needs to stay true across an `await`.
package actor CredentialsClient {
  private let executor: any SerialExecutor
  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private let makeBackend: @Sendable (Region) throws(CredentialsError) -> any CredentialsBackend
  private var backends: [Region: any CredentialsBackend] = [:]

  /// Regions are not a list: whoever names thousands must not make this grow.
  private static let mostBackends = 64

  /// `makeBackend` is asked at a region's first use, and again where so many were named since that it was forgotten; it throws
  /// `not_configured` where what the region needs is missing. The executor is the caller's own: what only looks up needs no thread, and a
  /// hop to Swift's pool would cost more than the work.
  package init(
    on executor: any SerialExecutor, makeBackend: @escaping @Sendable (Region) throws(CredentialsError) -> any CredentialsBackend
  ) {
    self.executor = executor
    self.makeBackend = makeBackend
  }

  /// The backend of a region. The call itself then runs outside this actor, so regions never wait for each other.
  package func backend(of region: Region) throws(CredentialsError) -> any CredentialsBackend {
    if let backend = backends[region] { return backend }
    let backend = try makeBackend(region)
    if backends.count >= Self.mostBackends { backends.removeAll() }
    backends[region] = backend
    return backend
  }

  /// What may be read of a region at once; nil where nothing may, or where `backend` would throw. Only for whoever runs on the client's
  /// executor.
  package nonisolated func shortReads(of region: Region) -> (any ShortReads)? {
    assumeIsolated { client in
      do throws(CredentialsError) { return try client.backend(of: region).shortReads } catch { return nil }
    }
  }
}
