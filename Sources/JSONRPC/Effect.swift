/// What a method does to the world, which decides its position in the order of its region.
package enum Effect: String, Sendable {
  /// Never waits for anything.
  case none
  /// Waits for earlier mutations of its region.
  case read
  /// Waits for earlier mutations of its region, and later ones wait for it.
  case mutation
}
