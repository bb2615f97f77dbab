import Foundation
import TestSupport
import Testing
import WhiskerCore

@Suite struct FileBytesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [0, 1, 70_000]) func aFileIsReadWhole(_ count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    let path = try folder.write(bytes, to: "file")
    #expect(try FileBytes.read(path, limit: count) == bytes)
  }

  @Test func aFileOverTheLimitIsRefusedBeforeItIsRead() throws {
    let path = try folder.write([], to: "sparse")
    #expect(truncate(path, 1 << 40) == 0)
    let error = #expect(throws: FileError.self) { try FileBytes.read(path, limit: 1000) }
    #expect(error?.problem == "is 1099511627776 bytes long, over the limit of 1000")
  }

  @Test(.timeLimit(.minutes(1))) func aFIFOAFolderAndAMissingFileAreErrorsAndNoneHangs() throws {
    #expect(mkfifo(folder.path("fifo"), 0o600) == 0)
    for (name, problem) in [
      ("fifo", "is not a regular file"), ("", "is not a regular file"),
      ("missing", "cannot be opened: No such file or directory"),
    ] {
      let error = #expect(throws: FileError.self) { try FileBytes.read(folder.path(name), limit: 1000) }
      #expect(error?.problem.description == problem)
      #expect(error?.path == folder.path(name))
    }
  }
}
