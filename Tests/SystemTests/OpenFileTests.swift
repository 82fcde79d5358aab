import System
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct OpenFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ name: String, _ mode: OpenFile.Mode = .read, atMost limit: Int = .max) throws -> [UInt8] {
    try OpenFile(folder(name), mode, or: "it cannot be opened").read(atMost: limit, or: "it cannot be read")
  }

  @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 200_000]) func everythingIsWrittenAndRead(count: Int) throws {
    let content = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    try OpenFile(folder("file"), .create, or: "it cannot be created").write(content, or: "it cannot be written")
    #expect(try read("file") == content)
    #expect(try read("file", atMost: count) == content)
  }

  @Test(arguments: [1, 65_536, 100_000]) func aFileThatIsTooLongIsRefused(count: Int) throws {
    try folder.write(String(repeating: "x", count: count), to: "file")
    let error = #expect(throws: SystemError.self) { _ = try read("file", atMost: count - 1) }
    #expect(error?.number == EFBIG)
    #expect(error?.operation == "it cannot be read")
  }

  @Test func aNewFileIsItsOwnersAloneAndReplacesNothing() throws {
    _ = try OpenFile(folder("file"), .create, or: "it cannot be created")
    #expect(try folder.mode("file") == 0o600)
    try folder.link("link", to: "nowhere")
    for name in ["file", "link"] {
      let error = #expect(throws: SystemError.self) { _ = try OpenFile(folder(name), .create, or: "it cannot be created") }
      #expect(error?.number == EEXIST)
      #expect(error?.message == "it cannot be created: File exists")
    }
    #expect(try folder.names == ["file", "link"])
  }

  @Test func aLinkIsFollowedOnlyWhereThatIsAskedFor() throws {
    try folder.write("text", to: "file")
    try folder.link("link", to: "file")
    for mode in [OpenFile.Mode.read, .createOrOpen] {
      let error = #expect(throws: SystemError.self) { _ = try OpenFile(folder("link"), mode, or: "opening") }
      #expect(error?.number == ELOOP)
    }
    #expect(try read("link", .readThroughLinks) == Array("text".utf8))
  }

  @Test func openingOrMakingEmptiesNothing() throws {
    try folder.write("text", to: "file")
    for name in ["file", "new"] { _ = try OpenFile(folder(name), .createOrOpen, or: "opening") }
    #expect(try folder.text("file") == "text")
    #expect(try folder.text("new").isEmpty)
    #expect(try folder.mode("new") == 0o600)
  }

  @Test func overwritingEmptiesFirst() throws {
    try folder.write("a long text", to: "file")
    try OpenFile(folder("file"), .overwrite, or: "opening").write(Array("short".utf8), or: "writing")
    #expect(try folder.text("file") == "short")
  }

  @Test func readingNeverWaitsForAWriter() throws {
    try #require(mkfifo(folder("pipe"), 0o600) == 0)
    #expect(try read("pipe") == [])
  }

  @Test func aFolderCannotBeRead() throws {
    let error = #expect(throws: SystemError.self) { _ = try OpenFile(folder.path, .read, or: "opening").read(or: "it cannot be read") }
    #expect(error?.number == EISDIR)
    #expect(error?.message == "it cannot be read: Is a directory")
  }

  @Test func aFullDiskIsSaid() throws {
    try #require(FileStatus.exists("/dev/full"))
    let error = #expect(throws: SystemError.self) {
      try OpenFile("/dev/full", .overwrite, or: "opening").write([1], or: "it cannot be written")
    }
    #expect(error?.number == ENOSPC)
    #expect(error?.operation == "it cannot be written")
  }

  @Test func copyingGoesFromWhereOneFileIsToWhereTheOtherIs() throws {
    let content = [UInt8](repeating: 7, count: 150_000)
    let source = try OpenFile(folder("source"), .create, or: "making")
    try source.write(content, or: "writing")
    let copy = try OpenFile(folder("copy"), .create, or: "making")
    try OpenFile(folder("source"), .read, or: "opening").copy(to: copy, or: "reading", writing: "writing")
    #expect(try read("copy") == content)
  }

  /// A lock is gone once nobody has the file open that took it.
  @Test func theDescriptorIsClosedWithTheValue() throws {
    let other = try OpenFile(folder("file"), .createOrOpen, or: "opening")
    func isFree() -> Bool { flock(other.descriptor, LOCK_EX | LOCK_NB) == 0 }
    do {
      let file = try OpenFile(folder("file"), .read, or: "opening")
      try #require(flock(file.descriptor, LOCK_EX) == 0)
      #expect(!isFree())
      _ = try file.read(or: "reading")
    }
    #expect(isFree())
  }
}
