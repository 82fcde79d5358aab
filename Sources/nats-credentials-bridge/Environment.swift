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

  /// A variable that names a folder. A relative one counts as not set, as the XDG specification says: it would be another folder, perhaps
  /// one that others read, wherever the program is started.
  static func folder(_ variable: String) -> String? { value(variable).flatMap { $0.hasPrefix("/") ? $0 : nil } }

  /// `$XDG_…`, or below the home folder; nil if neither is there.
  static func folder(_ variable: String, orHome relative: String) -> String? {
    folder(variable) ?? folder("HOME").map { $0 + "/" + relative }
  }
}
