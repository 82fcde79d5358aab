import System
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct FileSystemTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func status(_ name: String) throws -> FileStatus { try #require(try FileStatus.at(folder(name), or: "looking")) }

  // Folders

  @Test func foldersAreMadeForTheirOwnerAlone() throws {
    for _ in 1...2 { try FileSystem.makeDirectories(folder("one/two//three/"), or: "making") }
    for name in ["one", "one/two", "one/two/three"] {
      #expect(try status(name).kind == .folder)
      #expect(try folder.mode(name) == 0o700)
    }
  }

  @Test func foldersThatAreThereKeepTheirMode() throws {
    try FileSystem.makeDirectories(folder("one"), or: "making")
    chmod(folder("one"), 0o750)
    try FileSystem.makeDirectories(folder("one/two"), or: "making")
    #expect(try folder.mode("one") == 0o750)
  }

  @Test func aFileInTheWayIsNoParent() throws {
    try folder.write("stays", to: "file")
    let error = #expect(throws: SystemError.self) { try FileSystem.makeDirectories(folder("file/below"), or: "it cannot be created") }
    #expect(error?.number == ENOTDIR)
    #expect(error?.message == "it cannot be created: Not a directory")
    try FileSystem.makeDirectories(folder("file"), or: "it cannot be created")
    #expect(try folder.text("file") == "stays")
  }

  @Test func namesAreThoseInTheFolder() throws {
    try folder.write("", to: "é")
    try folder.link("link", to: "nowhere")
    #expect(Set(try FileSystem.names(in: folder.path, or: "reading")) == [".", "..", "link", "é"])
    let error = #expect(throws: SystemError.self) { _ = try FileSystem.names(in: folder("missing"), or: "it cannot be read") }
    #expect(error?.number == ENOENT)
    #expect(error?.message == "it cannot be read: No such file or directory")
  }

  // Paths

  @Test func aRealPathHasNoLinkAndNoDots() throws {
    try FileSystem.makeDirectories(folder("one/two"), or: "making")
    try folder.link("link", to: "one")
    let real = try FileSystem.realPath(of: folder.path, or: "finding")
    #expect(try FileSystem.realPath(of: folder("link/./two/../two"), or: "finding") == real + "/one/two")
  }

  @Test(arguments: ["missing", "loop", "dangling"]) func whatLeadsNowhereHasNone(name: String) throws {
    try folder.link("loop", to: "loop")
    try folder.link("dangling", to: "missing")
    let error = #expect(throws: SystemError.self) { _ = try FileSystem.realPath(of: folder(name), or: "it cannot be found") }
    #expect(error?.number == (name == "loop" ? ELOOP : ENOENT))
    #expect(error?.operation == "it cannot be found")
  }

  // Status

  @Test func aStatusSaysWhatStandsThere() throws {
    try folder.write("four", to: "file")
    try FileSystem.makeDirectories(folder("folder"), or: "making")
    try folder.link("link", to: "file")
    try #require(mkfifo(folder("pipe"), 0o600) == 0)
    #expect(try [status("file").kind, status("folder").kind, status("link").kind, status("pipe").kind] == [.file, .folder, .link, .other])
    #expect(try status("file").size == 4)
    #expect(try status("file").identity != status("link").identity)
    #expect(try status("file").identity == OpenFile(folder("file"), .read, or: "opening").status(or: "looking").identity)
    #expect(try FileStatus.at(folder("missing"), or: "looking") == nil)
    #expect(FileStatus.exists(folder("link")) && !FileStatus.exists(folder("missing")))
  }

  @Test(arguments: [(0o600, true), (0o700, true), (0o400, true), (0o640, false), (0o604, false), (0o610, false), (0o601, false)])
  func aFileIsPrivateIfNobodyElseMayAnything(mode: Int, isPrivate: Bool) throws {
    try folder.write("", to: "file", mode: mode)
    #expect(try Int(status("file").permissions) == mode)
    #expect(try status("file").isPrivate == isPrivate)
    #expect(try status("file").isOurs)
  }

  @Test func aFileOfAnotherUserIsNotOurs() throws {
    try folder.write("", to: "file")
    guard geteuid() == 0 else { return #expect(try FileStatus.at("/", or: "looking")?.isOurs == false) }
    try #require(chown(folder("file"), 65_534, 65_534) == 0)
    #expect(try !status("file").isOurs)
  }

  @Test func theTimeIsThatOfTheLastWrite() throws {
    try folder.write("", to: "file")
    var times = [timespec(tv_sec: 1_600_000_000, tv_nsec: 123_456_789), timespec(tv_sec: 1_700_000_000, tv_nsec: 987_654_321)]
    try #require(utimensat(AT_FDCWD, folder("file"), &times, 0) == 0)
    #expect(try status("file").modified == 1_700_000_000_987_654)
  }

  @Test func whereNobodyMayLookIsAnError() throws {
    try folder.write("", to: "file")
    let error = #expect(throws: SystemError.self) { _ = try FileStatus.at(folder("file/below"), or: "it cannot be examined") }
    #expect(error?.number == ENOTDIR)
    #expect(error?.message == "it cannot be examined: Not a directory")
  }
}
