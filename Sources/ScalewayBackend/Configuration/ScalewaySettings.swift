package import Credentials

/// What is configured for Scaleway, and where each value came from. Holds the key; never printed.
package struct ScalewaySettings: Sendable {
  /// A value, and where it came from: a variable's name, `profile work of /path/config.yaml`, `/path/config.yaml` or `built in`.
  package struct Setting<Value: Sendable>: Sendable {
    package let value: Value
    package let source: String

    package init(_ value: Value, from source: String) {
      self.value = value
      self.source = source
    }
  }

  /// A UUID of the strict form, as it was given.
  package var secretKey: Setting<Secret>?
  /// It is never sent, so only whether there is one is kept.
  package var hasAccessKey = false
  /// May be `local`.
  package var defaultRegion: Setting<Region>?
  package var defaultProjectID: Setting<ProjectID>?
  package var apiURL = Setting(APIURL.builtIn, from: "built in")
  /// Certificates of the API are not checked.
  package var isInsecure = Setting(false, from: "built in")
  /// Printable ASCII, at most 512 bytes.
  package var userAgent: Setting<String>?
  /// For messages: the first variable that was found, or the file, or `--profile`.
  package var firstFound: String?
  /// What was found, by its name in the file, and where; values never. Also `profile` and `config_file`, and `api_url` if it is built in
  /// and anything was found at all.
  package var sources: [(name: String, source: String)] = []
  /// What whoever set this up should fix, one sentence each.
  package var warnings: [String] = []

  /// Nothing configured.
  package init() {}

  /// Nothing of Scaleway's at all was found: no variable, file, profile or key.
  package var isEmpty: Bool { firstFound == nil }
}

extension ScalewaySettings: CustomStringConvertible, CustomReflectable {
  package var description: String { "[settings]" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
