import Foundation
import TestSupport
import Testing
import WhiskerData
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

  @Test func samplesOfAnotherSizeThanIsWantedAreRefused() throws {
    let source = try DataSource("stripes", parts: [.training: StripedDataset(count: 20)])
    let configuration = TrainingConfiguration(data: "stripes")
    let error = #expect(throws: TrainingError.self) { try TrainingSession(configuration, source: source) }
    #expect(error?.description.contains("stripes holds pictures of 8x8") == true)
  }

  @Test func partsThatDoNotFitEachOtherAreNoDataSource() throws {
    let small = StripedDataset(count: 20)
    let large = StripedDataset(preprocessing: Preprocessing(height: 9, width: 9), count: 20)
    #expect(throws: FileError.self) { try DataSource("stripes", parts: [.training: small, .test: large]) }
    #expect(throws: FileError.self) { try DataSource("nothing", parts: [:]) }
    let source = try DataSource("stripes", parts: [.training: small, .test: small])
    #expect(
      source.parts.count == 2 && source.evaluationPart == .test && source.classNames == small.classNames)
  }
}
