import Credentials
import ScalewayBackend
import Testing

/// What a setting may look like, and the names of years ago.
@Suite struct SettingFormTests {
  private let home = TemporaryHome()
  private let keys = (1...4).map { "\($0)1111111-1111-1111-1111-111111111111" }
  private let accessKey = "SCWABCDEFGHIJ1234567"

  @Test(arguments: [
    ("SCW_SECRET_KEY", "11111111111111111111111111111111"), ("SCW_SECRET_KEY", "{11111111-1111-1111-1111-111111111111}"),
    ("SCW_SECRET_KEY", "11111111-1111-1111-1111-111111111111 "), ("SCW_ACCESS_KEY", "scwabcdefghij1234567"), ("SCW_ACCESS_KEY", "SCWABC"),
    ("SCW_DEFAULT_PROJECT_ID", "mine"), ("SCW_DEFAULT_ORGANIZATION_ID", "ours"), ("SCW_DEFAULT_REGION", "frpar"),
    ("SCW_DEFAULT_REGION", "fr-par-1"),
    ("SCW_DEFAULT_REGION", "FR-PAR"), ("SCW_DEFAULT_ZONE", "fr-paris"), ("SCW_DEFAULT_ZONE", "fr-par-x"),
    ("SCW_API_URL", "http://api.example.com"),
    ("SCW_INSECURE", "yes"), ("SCW_TLSVERIFY", "never"), ("SCW_USER_AGENT", "a\r\nX-Auth-Token: b"), ("SCW_USER_AGENT", "é"),
    ("SCALEWAY_ACCESS_KEY", "neither"),
  ]) func aVariableOfAnotherFormIsRefused(_ variable: String, _ value: String) throws {
    let message = try home.refusal([variable: value])
    #expect(message.hasPrefix("\(variable) is not "))
    #expect(!message.contains(value))
  }

  @Test(arguments: [
    "secret_key: x", "access_key: x", "default_region: x", "insecure: 1", "insecure: 'true'", "insecure: maybe", "api_url: x",
    "user_agent: é",
  ]) func aValueOfTheFileOfAnotherFormIsRefused(_ line: String) throws {
    let path = try home.write("profiles:\n  work:\n    \(line)\n")
    #expect(try home.refusal(profile: "work").hasPrefix("\(line.prefix { $0 != ":" }) of profile work of \(path) is not "))
  }

  @Test func anEmptyValueOfTheFileIsRefused() throws {
    let path = try home.write("secret_key: ''\n")
    #expect(try home.refusal() == "secret_key of \(path) is empty: set it or take it out")
  }

  @Test func aUserAgentIsOnlySoLong() throws {
    let longest = String(repeating: "a", count: 512)
    #expect(try home.read(["SCW_USER_AGENT": longest]).userAgent?.value == longest)
    #expect(try home.refusal(["SCW_USER_AGENT": longest + "a"]).hasPrefix("SCW_USER_AGENT is not "))
  }

  @Test(arguments: [("par1", "fr-par"), ("ams1", "nl-ams")]) func oldRegionsHaveNewNames(_ old: String, _ new: String) throws {
    let settings = try home.read(["SCW_DEFAULT_REGION": old])
    #expect(settings.defaultRegion?.value.name == new)
    #expect(settings.warnings == ["SCW_DEFAULT_REGION is a region's old name: use \(new)"])
  }

  @Test(arguments: ["local", "fr-par", "it-mil", "xx-sevenaa"]) func regionsAreNotAList(_ name: String) throws {
    #expect(try home.read(["SCW_DEFAULT_REGION": name]).defaultRegion?.value.name == name)
  }

  @Test(arguments: [
    ("SCW_INSECURE", "t", true), ("SCW_INSECURE", "FALSE", false), ("SCW_TLSVERIFY", "0", true), ("SCW_TLSVERIFY", "True", false),
  ]) func variablesHaveBooleansOfGo(_ variable: String, _ value: String, _ isInsecure: Bool) throws {
    let settings = try home.read([variable: value])
    #expect(settings.isInsecure.value == isInsecure)
    #expect(settings.isInsecure.source == variable)
    #expect(settings.warnings.contains { $0.hasPrefix("the API's certificate is not checked") } == isInsecure)
  }

  @Test(arguments: [
    ("true", true), ("Yes", true), ("on", true), ("y", true), ("False", false), ("NO", false), ("off", false), ("n", false),
  ])
  func theFileHasBooleansOfYAML(_ value: String, _ isInsecure: Bool) throws {
    _ = try home.write("insecure: \(value)\n")
    #expect(try home.read().isInsecure.value == isInsecure)
  }

  @Test func theAccessKeyIsOnlyLookedFor() throws {
    #expect(try home.read(["SCW_ACCESS_KEY": accessKey]).hasAccessKey)
    #expect(try !home.read(["SCW_SECRET_KEY": keys[0]]).hasAccessKey)
  }

  @Test(arguments: [
    ("SCW_TOKEN", "secret_key", "SCW_SECRET_KEY"), ("SCALEWAY_TOKEN", "secret_key", "SCW_SECRET_KEY"),
    ("SCALEWAY_ACCESS_KEY", "secret_key", "SCW_SECRET_KEY"), ("SCW_ORGANIZATION", "default_organization_id", "SCW_DEFAULT_ORGANIZATION_ID"),
    ("SCALEWAY_ORGANIZATION", "default_organization_id", "SCW_DEFAULT_ORGANIZATION_ID"),
  ]) func anOldNameCountsAndIsWarnedOf(_ old: String, _ name: String, _ new: String) throws {
    let settings = try home.read([old: keys[0]])
    #expect(settings.sourcesByName[name] == old)
    #expect(settings.warnings == ["\(old) is an old name: use \(new)"])
    #expect(try home.read([old: keys[0], new: keys[1]]).warnings.isEmpty)
  }

  @Test func theOldKeyIsOneOfBothByItsForm() throws {
    let settings = try home.read(["SCALEWAY_ACCESS_KEY": accessKey])
    #expect(settings.hasAccessKey)
    #expect(settings.secretKey == nil)
    #expect(try home.read(["SCALEWAY_ACCESS_KEY": keys[0]]).secretKey?.value.revealed == keys[0])
  }

  @Test func settingsAreNeverPrinted() throws {
    let settings = try home.read(["SCW_SECRET_KEY": keys[0], "SCW_ACCESS_KEY": accessKey])
    var dumped = "\(settings)" + String(reflecting: settings)
    dump(settings, to: &dumped)
    #expect(!dumped.contains(keys[0]) && !dumped.contains(accessKey))
  }
}
