#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The variables the program looks at. An empty one counts as not set.
struct Environment {
  static func value(_ name: String) -> String? {
    guard let text = getenv(name) else { return nil }
    let value = String(cString: text)
    return value.isEmpty ? nil : value
  }

  /// `$XDG_…`, or below the home folder; nil if neither is there. A relative XDG folder does not count, as its specification says.
  static func folder(_ variable: String, orHome relative: String) -> String? {
    if let folder = value(variable), folder.hasPrefix("/") { return folder }
    return value("HOME").map { $0 + "/" + relative }
  }

  /// The first variable of Scaleway's that is set; values are not looked at.
  static let scalewayVariables = [
    "SCW_ACCESS_KEY", "SCW_SECRET_KEY", "SCW_DEFAULT_REGION", "SCW_DEFAULT_ZONE", "SCW_DEFAULT_PROJECT_ID", "SCW_DEFAULT_ORGANIZATION_ID",
    "SCW_API_URL", "SCW_PROFILE", "SCW_CONFIG_PATH", "SCW_INSECURE",
  ]

  /// Also where a link leads nowhere: somebody meant something by it.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }
}
