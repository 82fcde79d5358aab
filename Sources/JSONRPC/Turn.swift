/// What a request must have before it starts, beside room for its response.
enum Turn: Equatable {
  /// Nothing: it is answered on the spot.
  case immediate
  /// One of the slots of those that belong to no lane: so a client may ask what the bridge is up to, whatever hangs elsewhere.
  case unscoped
  /// One of the slots, and the end of the mutations of its lane that came before it; or the beginning of those that it joins, whose slot it
  /// then shares.
  case routed(lane: String, isMutation: Bool, joining: Joining = .never)
}
