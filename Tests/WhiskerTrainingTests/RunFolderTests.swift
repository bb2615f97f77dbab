import Dispatch
import Foundation
import TestSupport
import Testing
import WhiskerData
import WhiskerTensor
import WhiskerTraining

@Suite struct RunFolderTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test func runsThatStartAtOnceGetFoldersOfTheirOwn() throws {
    let parent = folder.path("runs")
    let made = Lock<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 20) { _ in
      guard let run = try? RunFolder.next(in: parent) else { return }
      made.withLock { $0.append(run.path) }
    }
    #expect(Set(made.withLock { $0 }) == Set((1...20).map { "\(parent)/train\($0)" }))
  }

  @Test func aFolderThatHoldsARunIsKept() throws {
    let path = folder.path("mine/deep")
    let results = try RunFolder.at(path, overwrites: false).results
    try AtomicFile.write("results", to: results)
    let error = #expect(throws: FileError.self) { try RunFolder.at(path, overwrites: false) }
    #expect(error?.advice?.contains("--overwrite") ?? false)
    #expect(FileManager.default.fileExists(atPath: results))
    // Even a run that may be replaced stays until there is something to replace it with.
    _ = try RunFolder.at(path, overwrites: true)
    #expect(FileManager.default.fileExists(atPath: results))
  }

  @Test func otherFilesInTheFolderAreLeftAlone() throws {
    try folder.write(Array("notes".utf8), to: "run/notes.txt")
    _ = try RunFolder.at(folder.path("run"), overwrites: true)
    _ = try RunFolder.at(folder.path("run"), overwrites: true)
    #expect(folder.contents() == ["run", "run/notes.txt", "run/weights"])
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
