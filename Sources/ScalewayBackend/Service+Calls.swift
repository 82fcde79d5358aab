import Credentials
import JSON

extension Service {
  /// A page of 100 rows as usual has 45,000, and is read in less time than the hop to another thread takes; that one is not as usual is found
  /// out as fast.
  private static let usualBytesInPlace = 64 << 10

  /// Reads a response's object. `mayHaveActed`: the call was a change, which has happened although its response cannot be read.
  func read<Value: Sendable>(
    _ answer: APIResponse, mayHaveActed: Bool = false, _ body: @escaping @Sendable (RowReader) throws(ResponseProblem) -> Value
  ) async throws(ServiceProblem) -> Value {
    try await judged(answer, mayHaveActed: mayHaveActed) { [region] () throws(ResponseProblem) in
      try body(try RowReader(try answer.body(), region))
    }
  }

  /// Reads one page of a list.
  func rows<Row: Sendable>(
    of listing: Listing<Row>, page: Int, size: Int
  ) async throws(ServiceProblem) -> (rows: [ListedRow<Row>], total: Int, answer: APIResponse) {
    let answer = try await send(listing.call(page: page, size: size))
    if answer.bytes.count <= Self.usualBytesInPlace, let (rows, total) = listing.usualRows(in: answer.bytes, size: size, region) {
      return (rows, total, answer)
    }
    let (rows, total) = try await judged(answer) { [region] () throws(ResponseProblem) in
      try listing.rows(in: try answer.body(), size: size, region)
    }
    return (rows, total, answer)
  }

  /// A response that is not what the service promises is not believed, and its connection is left.
  private func judged<Value: Sendable>(
    _ answer: APIResponse, mayHaveActed: Bool = false, _ body: @escaping @Sendable () throws(ResponseProblem) -> Value
  ) async throws(ServiceProblem) -> Value {
    let result = await executor.run(byteCount: answer.bytes.count) { () -> Result<Value, ResponseProblem> in
      do throws(ResponseProblem) { return .success(try body()) } catch { return .failure(error) }
    }
    do throws(ResponseProblem) { return try result.get() } catch {
      throw ServiceProblem(.final, mayHaveActed: mayHaveActed, answer.refused(error))
    }
  }

  /// One page of a list, as a read.
  func page<Row: Sendable>(
    _ listing: Listing<Row>, page: Int, size: Int
  ) async throws(CredentialsError) -> (rows: [ListedRow<Row>], total: Int) {
    do throws(ServiceProblem) {
      let found = try await rows(of: listing, page: page, size: size)
      return (found.rows, found.total)
    } catch { throw error.asReadError }
  }

  /// Deletes what must not be left behind; nil if it is gone, also if it was. Meant to be run with a limit: it waits for nothing after a
  /// cancel, and does not look.
  func undo(_ endpoint: Endpoint) async -> ServiceProblem? {
    do throws(ServiceProblem) {
      _ = try await send(.undo(endpoint))
      return nil
    } catch { return error.proves(goneOf: endpoint) ? nil : error }
  }
}
