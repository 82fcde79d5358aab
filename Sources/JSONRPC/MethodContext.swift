package import JSON

/// What all methods of a table share, and how the place a request belongs to is told. The session orders requests by place; what a
/// place is, it need not know.
package protocol MethodContext: Sendable {
  associatedtype Place: Sendable
  /// What every method takes whose effect is not `none`.
  static var commonParams: Fields<CommonParams<Place>> { get }
  /// Requests of one lane keep their order among each other.
  static func lane(of place: Place) -> String
  /// The place of a request that names one, or names none. Called on the wire's thread when the line is read: it must not block.
  func resolve(_ place: Place?) throws(RPCError) -> Place
}
