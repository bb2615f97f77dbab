import Foundation
import TestSupport
import Testing
import WhiskerCore

@Suite struct AtomicFileTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path("file.txt") }

  init() throws { folder = try TemporaryFolder() }

  private func text(_ path: String) throws -> String {
    String(decoding: try FileBytes.read(path, limit: 1 << 20), as: UTF8.self)
  }

  @Test func aCommittedFileReplacesTheOldOneAndLeavesNothingElse() throws {
    try AtomicFile.write("old", to: path)
    try AtomicFile.write("new", to: path)
    #expect(try text(path) == "new")
    #expect(folder.contents() == ["file.txt"])
  }

  @Test func theOldFileStaysUntilTheNewOneIsCommitted() throws {
    try AtomicFile.write("old", to: path)
    let file = try AtomicFile(path)
    try file.write("new")
    #expect(try text(path) == "old")
    try file.commit()
    #expect(try text(path) == "new")
  }

  @Test func aFileThatIsNeverCommittedLeavesNothingBehind() throws {
    try AtomicFile.write("old", to: path)
    do {
      let file = try AtomicFile(path)
      try file.write("half")
      try AtomicFile(folder.path("other.txt")).write("half")
    }
    #expect(try text(path) == "old")
    #expect(folder.contents() == ["file.txt"])
  }

  @Test func readersSeeTheOldContentsOrTheNewNeverPartOfThem() throws {
    let pages = ["a", "b"].map { String(repeating: $0, count: 100_000) }
    try AtomicFile.write(pages[0], to: path)
    let path = path
    let isDone = Lock(false)
    let writer = Thread {
      for round in 0..<50 { try? AtomicFile.write(pages[round % 2], to: path) }
      isDone.withLock { $0 = true }
    }
    writer.start()
    var torn = 0
    while !isDone.withLock({ $0 }) {
      if !pages.contains(try text(path)) { torn += 1 }
    }
    #expect(torn == 0)
  }

  @Test func onlyLeftoversOfKilledProcessesAreRemoved() throws {
    let others = [".whisker-notes.txt~", ".whisker-~", "whisker-1~", ".whisker-folder~/file"]
    for name in others + [".whisker-1a2b~", ".whisker-held~"] { try folder.write([1], to: name) }
    symlink("file.txt", folder.path(".whisker-link~"))
    let descriptor = open(folder.path(".whisker-held~"), O_RDONLY)
    defer { close(descriptor) }
    flock(descriptor, LOCK_EX)
    try AtomicFile.write("text", to: path)
    let kept = others + [".whisker-folder~", ".whisker-held~", ".whisker-link~", "file.txt"]
    #expect(folder.contents() == kept.sorted())
  }

  @Test func aGrowingFileIsWrittenAnewWhereSomebodyHasChangedIt() throws {
    var file = GrowingFile()
    for line in ["a", "b", "c"] { try file.append(line, to: path) { "whole" + line } }
    #expect(try text(path) == "wholeabc")
    try folder.write(Array("edited".utf8), to: "file.txt")
    for line in ["d", "e"] { try file.append(line, to: path) { "whole" + line } }
    #expect(try text(path) == "wholede")
  }

  @Test func aMissingFolderIsNamedInTheError() throws {
    let path = folder.path("missing/file.txt")
    let error = #expect(throws: FileError.self) { try AtomicFile(path) }
    #expect(error?.path == path)
    #expect(error?.problem.description.contains("No such file or directory") == true)
  }

  @Test func aFolderInTheFilesPlaceIsAnErrorAndStays() throws {
    try folder.write([1], to: "file.txt/inside")
    #expect(throws: FileError.self) { try AtomicFile.write("new", to: path) }
    #expect(folder.contents() == ["file.txt", "file.txt/inside"])
  }

  @Test(arguments: ["other", "missing", "/dev/null"])
  func aSymbolicLinkIsNeitherReplacedNorFollowed(_ target: String) throws {
    try AtomicFile.write("old", to: folder.path("other"))
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    #expect(throws: FileError.self) { try AtomicFile.write("new", to: path) }
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == target)
    #expect(try text(folder.path("other")) == "old")
    #expect(folder.contents() == ["file.txt", "other"])
  }

  @Test func aStreamIsWrittenToOnlyWhereThatIsWanted() throws {
    #expect(mkfifo(path, 0o600) == 0)
    #expect(throws: FileError.self) { try AtomicFile.write("text", to: path) }
    // A FIFO that is open for reading and writing needs no other process.
    let descriptor = open(path, O_RDWR)
    defer { close(descriptor) }
    try AtomicFile.write("text", to: path, writesStreams: true)
    var bytes = [UInt8](repeating: 0, count: 16)
    #expect(read(descriptor, &bytes, 16) == 4 && Array(bytes.prefix(4)) == Array("text".utf8))
    #expect(folder.contents() == ["file.txt"])
  }

  @Test(arguments: [200, 255]) func longNamesAreSupported(_ length: Int) throws {
    let name = String(repeating: "n", count: length)
    try AtomicFile.write("text", to: folder.path(name))
    #expect(folder.contents() == [name])
  }

  @Test(.enabled(if: SmallDisk.isPossible, "only root may mount a disk to fill"))
  func aFullDiskIsAnErrorAndTheOldFileStays() throws {
    let disk = try #require(SmallDisk(folder.path("disk")))
    let path = disk.path + "/file.txt"
    try AtomicFile.write("old", to: path)
    let error = #expect(throws: FileError.self) {
      try AtomicFile.write(String(repeating: "x", count: 1 << 20), to: path)
    }
    #expect(error?.problem.description.contains("No space left on device") == true)
    #expect(try text(path) == "old")
    #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == ["file.txt"])
    // The space of the incomplete file is free again.
    try AtomicFile.write(String(repeating: "y", count: 30_000), to: path)
  }
}

/// A file system of 64 KiB, which is unmounted when this is released.
private final class SmallDisk {
  let path: String

  static var isPossible: Bool {
    (try? TemporaryFolder()).map { SmallDisk($0.path("disk")) != nil } ?? false
  }

  init?(_ path: String) {
    self.path = path
    guard mkdir(path, 0o700) == 0, mount("tmpfs", path, "tmpfs", 0, "size=64k") == 0 else { return nil }
  }

  deinit { umount(path) }
}
