import HTTP
import JSON

/// A success of the API.
struct Answer {
  /// Nil where there is none.
  let body: JSONSlice?
  /// When the service answered, by its own clock, in seconds since 1970.
  let date: Int?
  let details: [JSONMember]
}
