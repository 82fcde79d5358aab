import Credentials
import Foundation
import ScalewayBackend
import Testing

/// The configuration file as a file: where it is, what it may be, who may look into it.
@Suite struct ConfigurationFileTests {
  private let home = TemporaryHome()

  @Test func theFileIsFound() throws {
    let short = try home.write("", to: ".config/scw/config.yml")
    #expect(try home.read().firstFound == short)
    let long = try home.write("", to: ".config/scw/config.yaml")
    #expect(try home.read().firstFound == long)
    #expect(try home.read(["XDG_CONFIG_HOME": "relative"]).firstFound == long)
    #expect(try home.read(["XDG_CONFIG_HOME": home.path + "/elsewhere"]).isEmpty)
    let elsewhere = try home.write("", to: "elsewhere/scw/config.yaml")
    #expect(try home.read(["XDG_CONFIG_HOME": home.path + "/elsewhere"]).firstFound == elsewhere)
    let named = try home.write("user_agent: named", to: "named")
    #expect(try home.read(["SCW_CONFIG_PATH": named]).userAgent?.source == named)
    #expect(try home.refusal(["SCW_CONFIG_PATH": named + "2"]).contains("\(named)2, which does not exist"))
  }

  @Test func aLinkToAFileIsFollowed() throws {
    let target = try home.write("user_agent: linked", to: "target")
    try home.link("named", to: target)
    #expect(try home.read(["SCW_CONFIG_PATH": home.path + "/named"]).userAgent?.value == "linked")
  }

  @Test func aLinkThatLeadsNowhereIsRefused() throws {
    _ = try home.write("", to: ".config/scw/config.yml")
    try home.link(".config/scw/config.yaml", to: home.path + "/nowhere")
    #expect(try home.refusal().hasSuffix("config.yaml cannot be read: it is a link that leads nowhere"))
  }

  @Test func onlyAFileIsRead() throws {
    _ = try home.write("")
    #expect(try home.refusal(["SCW_CONFIG_PATH": home.path]).hasSuffix("it is a folder"))
    #expect(try home.refusal(["SCW_CONFIG_PATH": "/dev/null"]).hasSuffix("it is not a regular file"))
    let fifo = home.path + "/fifo"
    try #require(mkfifo(fifo, 0o600) == 0)
    #expect(try home.refusal(["SCW_CONFIG_PATH": fifo]).hasSuffix("\(fifo) cannot be read: it is not a regular file"))
  }

  @Test func aFileIsOnlySoLarge() throws {
    let path = try home.write(String(repeating: "#", count: 1 << 20))
    #expect(try home.read().firstFound == path)
    _ = try home.write(String(repeating: "#", count: (1 << 20) + 1))
    #expect(try home.refusal().hasSuffix("it is larger than 1 MiB"))
  }

  @Test func aBrokenFileIsRefusedWithThePlace() throws {
    let path = try home.write("secret_key: canary\n  canary\n")
    let message = try home.refusal()
    #expect(message.hasPrefix("the configuration file \(path) is not understood: line 2, column 3: "))
    #expect(!message.contains("canary"))
  }

  @Test(arguments: [(0o600, nil), (0o400, nil), (0o644, "0644"), (0o610, "0610"), (0o602, "0602")] as [(Int, String?)])
  func othersWhoMayLookAreWarnedOf(_ mode: Int, _ spoken: String?) throws {
    let path = try home.write("", mode: mode)
    #expect(
      try home.read().warnings == (spoken.map { ["\(path) is accessible to other users (mode \($0)); fix with: chmod 600 \(path)"] } ?? []))
  }

  @Test func theMendingCommandIsForAShell() throws {
    let path = try home.write("", to: "it's mine", mode: 0o640)
    #expect(try home.read(["SCW_CONFIG_PATH": path]).warnings.first?.hasSuffix("chmod 600 '\(home.path)/it'\\''s mine'") == true)
  }
}
