#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The variables the program looks at.
struct Environment {
  /// Nil where it is not set; empty where it is set to nothing.
  static func raw(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// An empty one counts as not set.
  static func value(_ name: String) -> String? { raw(name).flatMap { $0.isEmpty ? nil : $0 } }

  /// `$XDG_…`, or below the home folder; nil if neither is there. A relative XDG folder does not count, as its specification says.
  static func folder(_ variable: String, orHome relative: String) -> String? {
    if let folder = value(variable), folder.hasPrefix("/") { return folder }
    return value("HOME").map { $0 + "/" + relative }
  }
}
