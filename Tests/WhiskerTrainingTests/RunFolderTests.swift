import Dispatch
import Foundation
import TestSupport
import Testing
import WhiskerData
import WhiskerCore
import WhiskerTraining

@Suite struct RunFolderTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test func runsThatStartAtOnceGetFoldersOfTheirOwn() throws {
    let parent = folder.path("runs")
    let made = Lock<[RunFolder]>([])
    DispatchQueue.concurrentPerform(iterations: 20) { _ in
      do {
        let run = try RunFolder.next(in: parent)
        made.withLock { $0.append(run) }
      } catch {
        Issue.record(error)
      }
    }
    let paths = made.withLock { $0.map(\.path) }
    #expect(paths.count == 20 && Set(paths).count == 20, "\(paths.sorted())")
  }

  @Test func aFolderThatHoldsARunIsKept() throws {
    let path = folder.path("mine/deep")
    let arguments = try RunFolder.at(path, overwrites: false).arguments
    try AtomicFile.write("{}", to: arguments)
    let error = #expect(throws: FileError.self) { try RunFolder.at(path, overwrites: false) }
    #expect(error?.advice?.description.contains("`overwrites`") ?? false)
    #expect(FileManager.default.fileExists(atPath: arguments))
    // Even a run that may be replaced stays until there is something to replace it with.
    _ = try RunFolder.at(path, overwrites: true)
    #expect(FileManager.default.fileExists(atPath: arguments))
  }

  @Test(arguments: ["notes.txt", "weights/mine.bin", "trainings/mine", "seed1/notes.txt", "seedling"])
  func aFolderWithOtherFilesIsRefusedAndLeftAlone(name: String) throws {
    _ = try RunFolder.at(folder.path("run"), overwrites: false)
    try folder.write(Array("notes".utf8), to: "run/\(name)")
    let before = folder.contents()
    for overwrites in [false, true] {
      let error = #expect(throws: FileError.self) {
        try RunFolder.at(folder.path("run"), overwrites: overwrites)
      }
      #expect(error?.problem.description.contains(name) == true, "\(String(describing: error))")
    }
    #expect(folder.contents() == before)
  }

  @Test func whatAKillLeftInAFolderIsNoReasonToRefuseIt() throws {
    try folder.write([], to: "run/.whisker-1abc~")
    _ = try RunFolder.at(folder.path("run"), overwrites: false)
  }

  @Test func aFolderThatHoldsNoRunIsNotResumedAndStaysAsItIs() throws {
    try folder.write([], to: "data/cat/1.png")
    try folder.write([], to: "data/args.json")
    let before = folder.contents()
    #expect(throws: FileError.self) { try RunFolder.resuming(folder.path("data")) }
    #expect(folder.contents() == before)
  }

  @Test func aFileInTheWayIsAnError() throws {
    let path = try folder.write([1], to: "file")
    #expect(throws: FileError.self) { try RunFolder.at(path, overwrites: true) }
    #expect(throws: FileError.self) { try RunFolder.next(in: path) }
  }

  @Test func classesAreMatchedByName() {
    let match = ClassMatch(data: ["ant", "cat", "dog"], model: ["cat", "cow", "dog"])
    #expect(match.labels == [nil, 0, 2])
    #expect(match.missing == ["cow"])
    #expect(match.extra == ["ant"])
    #expect(match.known(of: SampleSet(StripedDataset(count: 6))).count == 3)
  }
}
