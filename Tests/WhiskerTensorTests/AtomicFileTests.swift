import Foundation
import TestSupport
import Testing
import WhiskerTensor

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

  @Test func aMissingFolderIsNamedInTheError() throws {
    let path = folder.path("missing/file.txt")
    let error = #expect(throws: FileError.self) { try AtomicFile(path) }
    #expect(error?.path == path)
    #expect(error?.problem.contains("No such file or directory") == true)
  }

  @Test func aFolderInTheFilesPlaceIsAnErrorAndStays() throws {
    try folder.write([1], to: "file.txt/inside")
    #expect(throws: FileError.self) { try AtomicFile.write("new", to: path) }
    #expect(folder.contents() == ["file.txt", "file.txt/inside"])
  }

  @Test(arguments: [200, 255]) func aLongNameIsAsGoodAsAShortOne(_ length: Int) throws {
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
    #expect(error?.problem.contains("No space left on device") == true)
    #expect(try text(path) == "old")
    #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == ["file.txt"])
    // What was written in vain has been given back.
    try AtomicFile.write(String(repeating: "y", count: 30_000), to: path)
  }
}

/// A file system of 64 KiB, for as long as it is held.
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
