package import Credentials
package import JSON
package import JSONRPC
import System

/// What every method of the bridge works with. Which backend stands behind a region, nobody here knows.
package final class BridgeContext: MethodContext {
  package typealias Scope = Region

  package let client: CredentialsClient
  package let files: Files
  /// Returns the region of a request that names one, or the default; `not_configured` if there is none. Must not block.
  package let resolveRegion: @Sendable (Region?) throws(CredentialsError) -> Region
  /// What `bridge.info` adds about this process: version, backends, pending pushes, where each setting came from.
  package let info: @Sendable () async -> [JSONMember]
  /// The region that was last read in place, and by what: to ask the client each time costs as much as to read the params.
  private let lastReads = Locked<LastReads?>(nil)
  /// No tuple, whose type the runtime would put together at every start.
  private struct LastReads {
    let region: Region
    let reads: any ShortReads
  }

  /// Made at the first request for it: it is long, and the same for ever.
  private let keptDocument = Locked<JSONText?>(nil)

  package init(
    client: CredentialsClient, files: Files, resolveRegion: @escaping @Sendable (Region?) throws(CredentialsError) -> Region,
    info: @escaping @Sendable () async -> [JSONMember]
  ) {
    self.client = client
    self.files = files
    self.resolveRegion = resolveRegion
    self.info = info
  }

  /// What may be read of a region at once; nil where nothing may. On the wire's thread only.
  func shortReads(of region: Region) -> (any ShortReads)? {
    var last: (any ShortReads)?
    lastReads.withLock { if let known = $0, known.region == region { last = known.reads } }
    if let last { return last }
    guard let reads = client.shortReads(of: region) else { return nil }
    lastReads.withLock { $0 = LastReads(region: region, reads: reads) }
    return reads
  }

  /// The document of `rpc.discover`, made by `make` once.
  func document(_ make: () -> JSONText) -> JSONText {
    keptDocument.withLock { kept in
      let document = kept ?? make()
      kept = document
      return document
    }
  }

  package static let commonParams = Fields(
    CommonParams(
      scope: Field<Region>(
        "region",
        "local is the embedded backend; all others are regions of Scaleway, which has the service in fr-par and nl-ams today. Default: as configured.",
        schema: [
          "type": "string", "pattern": .string(Region.pattern),
          "examples": .array(([.local] + Region.scaleway).map { .string($0.name) }),
        ], expected: "a region such as local, fr-par or nl-ams"
      ) { $0.string.flatMap { Region($0) } }.optional))

  package static func lane(of scope: Region) -> String { scope.name }

  /// The local store commits what comes together by one sync, and tells nats-servers of it once. Elsewhere each is a request of its own.
  package static func joinsMutations(in scope: Region) -> Bool { scope == .local }

  package func resolve(_ scope: Region?) throws(RPCError) -> Region {
    do { return try resolveRegion(scope) } catch { throw RPCError(error) }
  }
}

extension RoutedRequest where Context == BridgeContext {
  var region: Region { scope }

  /// Asks the backend of the request's region for one page of rows, when it is its turn. One thread reads all of the local store, so a few
  /// are enough to keep it busy, and more would only lie about.
  func page<Value: Sendable>(
    _ call: (any CredentialsBackend) async throws(CredentialsError) -> Value
  ) async throws(RPCError) -> Value {
    try await sender.page(atOnce: region == .local ? 4 : Limits.runningRequests) { () throws(RPCError) in try await onBackend(call) }
  }

  /// Runs a call on the backend of the request's region.
  func onBackend<Value: Sendable>(
    _ call: (any CredentialsBackend) async throws(CredentialsError) -> Value
  ) async throws(RPCError) -> Value {
    let sender = sender
    let left = await sender.millisecondsLeft
    let current = CallContext(endsAt: left.map { MonotonicClock.milliseconds + $0 }) { await sender.note($0) }
    do throws(CredentialsError) {
      let backend = try await context.client.backend(of: scope)
      return try await current.run { () async throws(CredentialsError) in try await call(backend) }
    } catch {
      throw RPCError(error)
    }
  }
}
