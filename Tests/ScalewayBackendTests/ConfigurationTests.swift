import Credentials
import ScalewayBackend
import Testing

/// Where settings come from: variables, the chosen profile, the top level of the file.
@Suite struct ConfigurationTests {
  private let home = TemporaryHome()
  private let keys = (1...4).map { "\($0)1111111-1111-1111-1111-111111111111" }
  private let accessKey = "SCWABCDEFGHIJ1234567"

  @Test func aFreshMachineHasNothing() throws {
    let settings = try home.read()
    #expect(settings.isEmpty)
    #expect(settings.firstFound == nil)
    #expect(settings.sources.isEmpty)
    #expect(settings.warnings.isEmpty)
    #expect(settings.apiURL.value == .builtIn)
    #expect(settings.apiURL.source == "built in")
    #expect(!settings.isInsecure.value)
  }

  @Test func debuggingAndTheCacheAreNoSettings() throws {
    #expect(try home.read(["SCW_DEBUG": "1", "SCW_CACHE_DIR": "", "SCW_PROFILE": "", "SCW_CONFIG_PATH": ""]).isEmpty)
  }

  @Test func withoutAHomeThereIsNoFile() throws {
    #expect(try home.read(["HOME": ""]).isEmpty)
  }

  @Test func anEmptyFileIsSomething() throws {
    let path = try home.write("")
    let settings = try home.read()
    #expect(settings.firstFound == path)
    #expect(settings.sourcesByName == ["api_url": "built in", "config_file": path])
  }

  @Test(arguments: ScalewayEnvironment.variables) func anyVariableIsSomething(_ variable: String) throws {
    let value =
      switch variable {
      case let name where name.hasSuffix("REGION"): "fr-par"
      case "SCW_DEFAULT_ZONE": "fr-par-1"
      case "SCW_ACCESS_KEY": accessKey
      case "SCW_API_URL": "https://api.example.com"
      case "SCW_INSECURE", "SCW_TLSVERIFY": "0"
      case "SCW_USER_AGENT": "tests"
      case "SCW_PROFILE": "default"
      case "SCW_CONFIG_PATH": try home.write("", to: "named.yaml")
      default: keys[0]
      }
    let settings = try home.read([variable: value])
    #expect(settings.firstFound == variable)
    #expect(!settings.isEmpty)
  }

  @Test(arguments: ScalewayEnvironment.variables.filter { !["SCW_PROFILE", "SCW_CONFIG_PATH"].contains($0) })
  func anEmptyVariableIsRefused(_ variable: String) throws {
    #expect(try home.refusal([variable: ""]) == "\(variable) is set but empty: set it or unset it")
  }

  private func writeProfiles(active: String = "") throws -> String {
    try home.write(
      """
      secret_key: \(keys[1])
      default_region: nl-ams
      user_agent: top
      \(active)
      profiles:
        work:
          secret_key: \(keys[2])
          user_agent: mine
        bare:
      """)
  }

  @Test func variablesThenTheProfileThenTheTopLevel() throws {
    let path = try writeProfiles(active: "active_profile: work")
    let settings = try home.read(["SCW_SECRET_KEY": keys[0]])
    #expect(settings.secretKey?.value.revealed == keys[0])
    #expect(settings.userAgent?.value == "mine")
    #expect(settings.defaultRegion?.value.name == "nl-ams")
    #expect(
      settings.sourcesByName == [
        "secret_key": "SCW_SECRET_KEY", "user_agent": "profile work of \(path)", "default_region": path, "api_url": "built in",
        "profile": path,
        "config_file": path,
      ])
  }

  @Test(arguments: [
    (String?.none, String?.none, "", 1), (nil, nil, "active_profile: work", 2), (nil, nil, "active_profile: default", 1),
    (nil, "bare", "active_profile: work", 1), (nil, "work", "", 2), (nil, "", "active_profile: work", 2),
    (nil, "default", "active_profile: work", 1), ("work", "bare", "", 2), ("default", "work", "active_profile: work", 1),
    ("bare", nil, "", 1),
  ]) func theProfileIsChosen(_ option: String?, _ variable: String?, _ active: String, _ key: Int) throws {
    _ = try writeProfiles(active: active)
    let settings = try home.read(variable.map { ["SCW_PROFILE": $0] } ?? [:], profile: option)
    #expect(settings.secretKey?.value.revealed == keys[key])
  }

  @Test func anUnknownProfileIsRefused() throws {
    let path = try writeProfiles(active: "active_profile: gone")
    #expect(try home.refusal() == "the profile gone of active_profile is not in \(path); name one that is there")
    #expect(try home.refusal(["SCW_PROFILE": "lost"]).hasPrefix("the profile lost of SCW_PROFILE is not in"))
    #expect(try home.refusal(profile: "lost").hasPrefix("the profile lost of --profile is not in"))
    #expect(try home.refusal(profile: "").hasPrefix("--profile names no profile"))
  }

  @Test func anUnknownProfileWithoutAFileIsRefused() throws {
    #expect(
      try home.refusal(profile: "work").contains("there is no configuration file (looked at \(home.path)/.config/scw/config.yaml and "))
    #expect(try home.read(profile: "default").firstFound == "--profile")
  }

  @Test(arguments: ["31111111-1111-1111-1111-111111111111", "SCWABCDEFGHIJ1234567", "a b", "a\nb", "é", "a/b"])
  func aNameThatMayBeAKeyIsNotRepeated(_ name: String) throws {
    _ = try writeProfiles()
    #expect(try home.refusal(profile: name).hasPrefix("the profile of --profile is not in"))
  }

  @Test func aProfileOfTheReservedNameIsNotUsed() throws {
    let path = try home.write("user_agent: top\nprofiles:\n  default:\n    user_agent: other\n")
    let settings = try home.read(profile: "default")
    #expect(settings.userAgent?.value == "top")
    #expect(settings.warnings == ["the profile default of \(path) is not used: default means the top level of the file"])
  }

  @Test func whatIsOverriddenMayBeAnything() throws {
    _ = try home.write("default_region: nowhere at all\ninsecure: perhaps\nsecret_key: x\nprofiles:\n  other:\n    api_url: x\n")
    let settings = try home.read(["SCW_DEFAULT_REGION": "fr-par", "SCW_INSECURE": "f", "SCW_SECRET_KEY": keys[0]])
    #expect(settings.defaultRegion?.value.name == "fr-par")
  }
}
