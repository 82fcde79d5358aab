import Credentials
import JSON

extension Service {
  /// Reads an answer's object. `mayHaveActed`: the call was a change, which has happened although its answer cannot be read.
  func read<Value: Sendable>(
    _ answer: Answer, mayHaveActed: Bool = false, _ body: @escaping @Sendable (RowReader) throws(BadAnswer) -> Value
  ) async throws(Failure) -> Value {
    try await judged(answer, mayHaveActed: mayHaveActed) { [region] () throws(BadAnswer) in try body(try RowReader(answer.body, region)) }
  }

  /// Reads one page of a list.
  func rows<Row: Sendable>(
    of listing: Listing<Row>, page: Int, size: Int
  ) async throws(Failure) -> (rows: [ListedRow<Row>], total: Int, answer: Answer) {
    let answer = try await send(listing.call(page: page, size: size))
    let (rows, total) = try await judged(answer) { [region] () throws(BadAnswer) in try listing.rows(in: answer.body, size: size, region) }
    return (rows, total, answer)
  }

  /// An answer that is not what the service promises is not believed, and its connection is left.
  private func judged<Value: Sendable>(
    _ answer: Answer, mayHaveActed: Bool = false, _ body: @escaping @Sendable () throws(BadAnswer) -> Value
  ) async throws(Failure) -> Value {
    let result = await reading.of(answer.body?.byteCount ?? 0) { () -> Result<Value, BadAnswer> in
      do throws(BadAnswer) { return .success(try body()) } catch { return .failure(error) }
    }
    do throws(BadAnswer) { return try result.get() } catch { throw Failure(.final, mayHaveActed: mayHaveActed, answer.refused(error)) }
  }
}
