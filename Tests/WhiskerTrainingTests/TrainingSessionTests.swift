import Foundation
import TestSupport
import Testing
import WhiskerTensor
import WhiskerTraining

@Suite struct TrainingSessionTests {
  @Test func moreClassesThanAModelMayHaveAreRefusedBeforeTraining() throws {
    let folder = try TemporaryFolder()
    for number in 0...10_000 {
      try FileManager.default.createDirectory(
        atPath: folder.path("\(number)"), withIntermediateDirectories: false)
    }
    try folder.write([1], to: "0/1.png")
    var configuration = TrainingConfiguration(data: folder.path)
    configuration.allowsEmptyClasses = true
    let error = #expect(throws: FileError.self) { try TrainingSession(configuration) }
    #expect(error?.problem == "has 10001 classes, over the limit of 10000")
  }
}
