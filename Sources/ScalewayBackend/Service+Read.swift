import Credentials
import JSON

extension Service {
  /// Reads an answer's object. `mayHaveActed`: the call was a change, which has happened although its answer cannot be read.
  func read<Value>(
    _ answer: Answer, mayHaveActed: Bool = false, _ body: (RowReader) throws(BadAnswer) -> Value
  ) throws(Failure) -> Value {
    do throws(BadAnswer) {
      return try body(try RowReader(answer.body, region))
    } catch {
      throw Failure(.final, mayHaveActed: mayHaveActed, error.error(answer.details))
    }
  }
}
