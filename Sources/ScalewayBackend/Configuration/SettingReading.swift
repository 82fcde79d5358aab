import Credentials

/// Takes the settings one by one: finds each, checks its form, writes down where it came from.
struct SettingReading {
  private let sources: SettingSources
  var settings = ScalewaySettings()

  init(_ sources: SettingSources) { self.sources = sources }

  mutating func readAll() throws(CredentialsError) {
    settings.secretKey = try take(.secretKey, "a secret key: a UUID with dashes") { UUIDText($0) == nil ? nil : Secret($0) }
    settings.hasAccessKey = try take(.accessKey, "an access key: SCW and 17 capitals or digits", check(SettingForm.isAccessKey)) != nil
    settings.defaultProjectID = try take(.projectID, "a project's id: a UUID with dashes") { ProjectID($0) }
    _ = try take(.organizationID, "an organization's id: a UUID with dashes") { UUIDText($0) }
    try readRegion()
    _ = try take(.zone, "a zone, such as fr-par-1", check(SettingForm.isZone))
    try readURL()
    try readInsecure()
    settings.userAgent = try take(.userAgent, "printable ASCII of at most 512 bytes", check(SettingForm.isUserAgent))
  }

  private mutating func readRegion() throws(CredentialsError) {
    let names = ["par1": "fr-par", "ams1": "nl-ams"]
    if let old = sources.find(.region), let name = names[old.text.revealed] {
      settings.warnings.append("\(old.label) is a region's old name: use \(name)")
    }
    settings.defaultRegion = try take(.region, "a region, such as fr-par or nl-ams, or local") { text in
      Region(names[text] ?? text)
    }
  }

  private mutating func readURL() throws(CredentialsError) {
    guard let found = try note(.apiURL) else {
      if !settings.isEmpty { settings.sources.append((name: ScalewayKey.apiURL.rawValue, source: settings.apiURL.source)) }
      return
    }
    do throws(APIURL.Problem) {
      settings.apiURL = .init(try APIURL(found.text.revealed), from: found.source)
    } catch {
      throw CredentialsError(.notConfigured, "\(found.label) is not a usable URL: \(error.reason)")
    }
  }

  private mutating func readInsecure() throws(CredentialsError) {
    guard let found = try note(.isInsecure) else { return }
    let text = found.text.revealed
    let value = found.isPlain.map { $0 ? SettingForm.boolean(ofFile: text) : nil } ?? SettingForm.boolean(ofVariable: text)
    guard let value else { throw Self.refusal(found, "true or false\(found.isPlain == false ? ", without quotes" : "")") }
    settings.isInsecure = .init(found.source == ScalewayKey.verification ? !value : value, from: found.source)
    if settings.isInsecure.value {
      settings.warnings.append("the API's certificate is not checked, so the key may be read on its way (\(found.label))")
    }
  }

  /// A setting of a form of its own: nil if it is not set.
  private mutating func take<Value>(_ key: ScalewayKey, _ form: String, _ read: (String) -> Value?) throws(CredentialsError)
    -> ScalewaySettings.Setting<Value>?
  {
    guard let found = try note(key) else { return nil }
    guard let value = read(found.text.revealed) else { throw Self.refusal(found, form) }
    return .init(value, from: found.source)
  }

  private func check(_ isFine: @escaping (String) -> Bool) -> (String) -> String? { { isFine($0) ? $0 : nil } }

  /// Finds a setting and writes down where.
  private mutating func note(_ key: ScalewayKey) throws(CredentialsError) -> SettingSources.Found? {
    guard let found = sources.find(key) else { return nil }
    guard !found.text.revealed.isEmpty else {
      throw CredentialsError(.notConfigured, "\(found.label) is empty: set it or take it out")
    }
    settings.sources.append((name: key.rawValue, source: found.source))
    if found.isOld {
      let inverse = found.source == ScalewayKey.verification ? ", which says the opposite" : ""
      settings.warnings.append("\(found.source) is an old name: use \(key.variable)\(inverse)")
    }
    return found
  }

  private static func refusal(_ found: SettingSources.Found, _ form: String) -> CredentialsError {
    CredentialsError(.notConfigured, "\(found.label) is not \(form)")
  }
}
