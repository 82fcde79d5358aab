import System
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Files that are written whole or not at all.
@Suite struct DirectoryHandleTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func replace(_ name: String, _ text: String) throws {
    try DirectoryHandle(folder.path).replace(name, with: Array(text.utf8), called: "the file")
  }

  // Replacing

  @Test func aFileIsMadeAndReplacedForItsOwnerAlone() throws {
    for text in ["first", "", "a longer third"] {
      try replace("file", text)
      #expect(try folder.text("file") == text)
      #expect(try folder.mode("file") == 0o600)
    }
    try folder.write("others may read it", to: "file", mode: 0o644)
    try replace("file", "now they may not")
    #expect(try folder.mode("file") == 0o600)
    #expect(try folder.names == ["file"])
  }

  @Test func aReaderOfTheOldFileKeepsIt() throws {
    try replace("file", "old")
    let reader = try OpenFile(folder("file"), .read, or: "opening")
    try replace("file", "new")
    #expect(try reader.read(or: "reading") == Array("old".utf8))
  }

  @Test func whatAKillLeftIsReplaced() throws {
    try folder.write("half", to: "file.tmp")
    try replace("file", "whole")
    #expect(try folder.names == ["file"])
    #expect(try folder.text("file") == "whole")
  }

  @Test func aLinkIsReplacedAndNotFollowed() throws {
    try folder.write("stays", to: "elsewhere")
    try folder.link("file", to: "elsewhere")
    try folder.link("file.tmp", to: "elsewhere")
    try replace("file", "new")
    #expect(try folder.text("elsewhere") == "stays")
    #expect(try folder.text("file") == "new")
    #expect(try FileStatus.at(folder("file"), or: "looking")?.kind == .file)
  }

  @Test func aFolderIsNotReplacedByAFile() throws {
    try FileSystem.makeDirectories(folder("file/inside"), or: "making")
    let error = try #require(throws: SystemError.self) { try replace("file", "new") }
    #expect(error.number == EISDIR)
    #expect(error.operation == "the file cannot be replaced")
    #expect(error.message == "the file cannot be replaced: Is a directory")
  }

  // Publishing

  private func stage(_ text: String, for name: String = "file") throws -> String {
    try DirectoryHandle(folder.path).stage(Array(text.utf8), for: name)
  }

  @Test func whatIsStagedIsItsOwnersAloneAndHasNoNameYet() throws {
    let staged = try stage("secret")
    #expect(try folder.names == [staged])
    #expect(try folder.mode(staged) == 0o600)
    #expect(try folder.text(staged) == "secret")
    #expect(staged.hasPrefix(".file.") && staged.hasSuffix(".tmp"))
  }

  @Test func aNewFileReplacesNothing() throws {
    let handle = try DirectoryHandle(folder.path)
    #expect(try handle.publish(stage("first"), as: "file", replacing: false) == nil)
    let second = try stage("second")
    let error = #expect(throws: SystemError.self) { _ = try handle.publish(second, as: "file", replacing: false) }
    #expect(error?.number == EEXIST)
    handle.discard(second)
    #expect(try folder.names == ["file"])
    #expect(try folder.text("file") == "first")
  }

  @Test(arguments: ["nowhere", "elsewhere"]) func aLinkInTheWayIsNotFollowed(target: String) throws {
    try folder.write("stays", to: "elsewhere")
    try folder.link("file", to: target)
    let staged = try stage("secret")
    let error = #expect(throws: SystemError.self) {
      _ = try DirectoryHandle(folder.path).publish(staged, as: "file", replacing: false)
    }
    #expect(error?.number == EEXIST)
    #expect(try folder.text("elsewhere") == "stays")
    #expect(try folder.names == [staged, "elsewhere", "file"])
  }

  @Test func whatIsReplacedIsKeptUntilItIsDiscarded() throws {
    try folder.write("old", to: "file", mode: 0o644)
    let handle = try DirectoryHandle(folder.path)
    let kept = try #require(try handle.publish(stage("new"), as: "file", replacing: true))
    #expect(try folder.text("file") == "new")
    #expect(try folder.text(kept) == "old")
    handle.discard(kept)
    #expect(try folder.names == ["file"])
  }

  @Test func whatIsWithdrawnLeavesWhatWasThere() throws {
    let handle = try DirectoryHandle(folder.path)
    handle.withdraw("file", try handle.publish(stage("new"), as: "file", replacing: true))
    #expect(try folder.names == [])
    try folder.write("old", to: "file")
    handle.withdraw("file", try handle.publish(stage("new"), as: "file", replacing: true))
    #expect(try folder.names == ["file"])
    #expect(try folder.text("file") == "old")
  }

  @Test func aNameThatIsTooLongIsSaid() throws {
    let error = #expect(throws: SystemError.self) { _ = try stage("secret", for: String(repeating: "x", count: 255)) }
    #expect(error?.number == ENAMETOOLONG)
    #expect(error?.operation == "the file cannot be created")
    #expect(try folder.names == [])
  }

  // The folder

  @Test func theFolderStaysTheSameWhateverItsPathBecomes() throws {
    try FileSystem.makeDirectories(folder("here"), or: "making")
    let handle = try DirectoryHandle(folder("here"))
    rename(folder("here"), folder("moved"))
    try FileSystem.makeDirectories(folder("elsewhere"), or: "making")
    try folder.link("here", to: "elsewhere")
    try handle.replace("file", with: Array("text".utf8), called: "the file")
    #expect(try folder.text("moved/file") == "text")
    #expect(!FileStatus.exists(folder("elsewhere/file")))
    let (moved, elsewhere) = (try DirectoryHandle(folder("moved")).identity, try DirectoryHandle(folder("here")).identity)
    #expect(handle.identity == moved)
    #expect(handle.identity != elsewhere)
  }

  @Test func aFileIsNoFolder() throws {
    try folder.write("", to: "file")
    let error = #expect(throws: SystemError.self) { _ = try DirectoryHandle(folder("file")) }
    #expect(error?.number == ENOTDIR)
    #expect(error?.message == "the folder cannot be opened: Not a directory")
  }

  @Test func aNameThatIsNotThereHasNoStatus() throws {
    try folder.link("link", to: "nowhere")
    let handle = try DirectoryHandle(folder.path)
    let (missing, link) = (try handle.status(of: "missing"), try handle.status(of: "link"))
    #expect(missing == nil)
    #expect(link?.kind == .link)
  }
}
