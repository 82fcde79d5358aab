/// What the exit statuses mean, as `--help` and the manual tell it.
enum ExitStatus {
  static let ofCall = [
    (0, "a result"), (1, "an error that is none of these"), (2, "a wrong command line or request"), (3, "not found"),
    (4, "not allowed or not configured"), (5, "a conflict, or a quota is reached"),
    (6, "unavailable, limited or timed out: it may succeed later"),
    (74, "the result could not be written to stdout"),
  ]
  static let ofServe = [
    (0, "the end of input"), (64, "a wrong command line"),
  ]
}
