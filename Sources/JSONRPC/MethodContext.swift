package import JSON

/// What all methods of a table share, and how the scope a request belongs to is found. The session orders requests by scope; what a
/// scope is, it need not know.
package protocol MethodContext: Sendable {
  associatedtype Scope: Sendable
  /// What every method takes whose effect is not `none`.
  static var commonParams: Fields<CommonParams<Scope>> { get }
  /// Requests of one lane keep their order among each other.
  static func lane(of scope: Scope) -> String
  /// Whether mutations of this scope may be carried out together, as their methods allow.
  static func joinsMutations(in scope: Scope) -> Bool
  /// The scope of a request that names one, or names none. Called on the wire's thread when the line is read: it must not block.
  func resolve(_ scope: Scope?) throws(RPCError) -> Scope
}

extension MethodContext {
  package static func joinsMutations(in scope: Scope) -> Bool { false }
}
