import Glibc
import TestSupport
import Testing
import WhiskerData
import WhiskerCore

@Suite struct ListedFilesTests {
  private func refusal(_ code: Int32) -> FileError {
    FileError("cat/1.png", systemError: code, doing: "cannot be opened")
  }

  @Test(arguments: [ENOENT, EIO, ESTALE, ETIMEDOUT, EACCES])
  func aFileThatIsAwayForAMomentIsReadWhenItIsBack(_ code: Int32) throws {
    var attempts = 0
    let read = try ListedFiles().attempt(Array("/nowhere".utf8), pauses: [0, 0, 0]) {
      attempts += 1
      if attempts < 4 { throw refusal(code) }
      return "read"
    }
    #expect(read == "read" && attempts == 4)
  }

  @Test(arguments: [ENOENT, EIO, ESTALE, ETIMEDOUT, EACCES])
  func aFileThatStaysAwayIsAFaultOfTheMachine(_ code: Int32) throws {
    var attempts = 0
    let error = #expect(throws: ResourceError.self) {
      try ListedFiles().attempt(Array("/nowhere".utf8), pauses: [0, 0]) {
        attempts += 1
        throw refusal(code)
      }
    }
    #expect(attempts == 3)
    #expect(error?.description.hasPrefix("cat/1.png: cannot be opened: ") == true)
  }

  @Test func contentsThatDoNotDecodeAreAFaultOfThePicture() throws {
    var attempts = 0
    #expect(throws: FileError.self) {
      try ListedFiles().attempt(Array("/nowhere".utf8), pauses: [0, 0]) {
        attempts += 1
        throw FileError("cat/1.png", "is cut short")
      }
    }
    #expect(attempts == 1)
  }

  @Test(.enabled(if: getuid() != 0, "root may"))
  func aFileThatWasForbiddenFromTheStartIsAFaultOfThePicture() throws {
    let folder = try TemporaryFolder()
    try folder.write([1], to: "1.png")
    chmod(folder.path("1.png"), 0)
    usleep(20_000)
    #expect(throws: FileError.self) {
      try ListedFiles().attempt(Array(folder.path("1.png").utf8), pauses: []) { throw refusal(EACCES) }
    }
  }
}
