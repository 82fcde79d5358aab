import HTTP
import JSON

/// A success of the API.
struct Answer {
  /// Nil where there is none.
  let body: JSONSlice?
  private let reader: ResponseReader

  init(body: JSONSlice?, reader: ResponseReader) {
    self.body = body
    self.reader = reader
  }

  /// When the service answered, by its own clock, in seconds since 1970.
  var date: Int? { reader.response.header("Date").flatMap { ServiceDate(http: $0)?.seconds } }
  /// For an error that is found later.
  var details: [JSONMember] { reader.details }
}
