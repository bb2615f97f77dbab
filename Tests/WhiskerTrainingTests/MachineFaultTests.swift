import Foundation
import TestSupport
import Testing
import WhiskerData
import WhiskerNN
import WhiskerCore
import WhiskerTraining

@Suite struct MachineFaultTests {
  private let folder: TemporaryFolder
  private let stripes = StripedDataset(count: 100)

  init() throws { folder = try TemporaryFolder() }

  private func configuration(_ schedule: LearningRateSchedule) -> TrainingConfiguration {
    var configuration = TrainingConfiguration(data: "stripes", cores: 1)
    configuration.data.preprocessing = stripes.preprocessing
    configuration.model.network = NetworkSpecification(layers: [
      .flatten, .dropout(rate: 0.1), .dense(units: nil),
    ])
    configuration.optimization.epochs = 3
    configuration.optimization.batchSize = 16
    configuration.optimization.schedule = schedule
    configuration.execution.tensorBoard = false
    (configuration.execution.workers, configuration.execution.threads) = (0, 1)
    return configuration
  }

  private func source(_ dataset: any Dataset) throws -> DataSource {
    try DataSource("stripes", splits: [.training: dataset])
  }

  private func model(_ run: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: folder.path("\(run)/weights/last.safetensors")))
  }

  // Two samples are read beforehand; an epoch has 80 for training, five batches, and 20 for validation.
  @Test(arguments: [
    (20, LearningRateSchedule.constant), (75, .cosine()), (90, .cosine()), (101, .constant), (150, .cosine()),
    (195, .cosine()), (299, .cosine()), (75, .oneCycle()), (101, .oneCycle()), (30, .cosine(warmup: 0.5)),
  ])
  func whereFilesVanishTheTrainingStopsAndGoesOnToTheSameBytes(
    _ reads: Int, _ schedule: LearningRateSchedule
  ) throws {
    let configuration = configuration(schedule)
    try TrainingSession(configuration, source: source(stripes)).run(
      in: RunFolder.at(folder.path("whole"), overwrites: false)
    ) { _ in }
    do {
      let session = try TrainingSession(
        configuration, source: source(FaultyDataset(stripes, readsLeft: 2 + reads)))
      let run = try RunFolder.at(folder.path("run"), overwrites: false)
      #expect(throws: ResourceError.self) { try session.run(in: run) { _ in } }
    }
    let run = try RunFolder.resuming(folder.path("run"))
    let resumed = try TrainingSession(
      resuming: Checkpoint(run), in: run, configuration, source: source(stripes))
    let outcome = try resumed.run(in: run) { _ in }
    #expect(outcome.failures.isEmpty && outcome.epochs.count == 3)
    #expect(try model("run") == model("whole"))
  }

  @Test func theCheckpointIsThatOfTheLastBatch() throws {
    let session = try TrainingSession(
      configuration(.constant), source: source(FaultyDataset(stripes, readsLeft: 2 + 70)))
    let run = try RunFolder.at(folder.path("run"), overwrites: false)
    #expect(throws: ResourceError.self) { try session.run(in: run) { _ in } }
    #expect(try Checkpoint(run).batchCount == 4)
  }
}
