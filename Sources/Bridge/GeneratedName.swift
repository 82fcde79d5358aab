/// Names for what nobody named: a prefix, two words, and enough randomness that two never meet.
enum GeneratedName {
  private static let adjectives = [
    "amber", "brave", "calm", "dusty", "eager", "fancy", "gentle", "happy", "icy", "jolly", "keen", "lively", "mellow", "noble", "proud",
    "quiet",
  ]
  private static let nouns = [
    "acorn", "badger", "canyon", "delta", "ember", "falcon", "glacier", "harbor", "island", "jasmine", "kestrel", "lagoon", "meadow",
    "otter",
    "pebble", "raven",
  ]

  static func make() -> String {
    let suffix = String(UInt64.random(in: 0..<1 << 40), radix: 36)
    let words = [adjectives, nouns].compactMap { $0.randomElement() }
    return (["nats"] + words + [suffix]).joined(separator: "-")
  }
}
