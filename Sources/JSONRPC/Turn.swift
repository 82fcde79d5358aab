/// What a request must have before it starts, beside room for its answer.
enum Turn: Equatable {
  /// Nothing: it is answered on the spot.
  case immediate
  /// Nothing either, but it takes its time.
  case placeless
  /// One of the places, and the end of the mutations of its lane that came before it.
  case routed(lane: String, isMutation: Bool)
}
