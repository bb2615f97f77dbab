import FuzzTargets
import Testing
import WhiskerCore

@Suite struct FuzzOutcomeTests {
  @Test func aRefusalIsAnErrorThatNamesTheFile() throws {
    #expect(try FuzzOutcome {} == .accepted)
    #expect(try FuzzOutcome { throw FileError("file", "is odd") } == .refused("file: is odd"))
  }

  @Test func anyOtherErrorIsADefect() {
    #expect(throws: Defect.self) { try FuzzOutcome { throw CancellationError() } }
    #expect(throws: Defect("no")) { try FuzzOutcome { throw Defect("no") } }
  }

  @Test func anErrorCannotCommandTheTerminal() throws {
    #expect(try FuzzOutcome { throw FileError("\u{1B}[2J", "is odd") } == .refused("\\x1b[2J: is odd"))
  }

  @Test func anErrorOfALibraryThatWasMisusedIsADefect() {
    #expect(throws: Defect.self) {
      try FuzzOutcome { throw FileError("file", "is damaged (Improper call to JPEG library in state 205)") }
    }
  }
}
