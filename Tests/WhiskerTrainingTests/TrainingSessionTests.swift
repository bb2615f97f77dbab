import Foundation
import TestSupport
import Testing
import WhiskerData
import WhiskerNN
import WhiskerCore
import WhiskerTraining

@Suite struct TrainingSessionTests {
  @Test func moreClassesThanAModelMayHaveAreRefusedBeforeTraining() throws {
    let folder = try TemporaryFolder()
    for number in 0...50_000 {
      try FileManager.default.createDirectory(
        atPath: folder.path("\(number)"), withIntermediateDirectories: false)
    }
    try folder.write([1], to: "0/1.png")
    var configuration = TrainingConfiguration(data: folder.path)
    configuration.data.allowsEmptyClasses = true
    let error = #expect(throws: FileError.self) { try TrainingSession(configuration) }
    #expect(error?.problem == "has 50001 classes, over the limit of 50000")
  }

  @Test func anEpochWritesAsMuchHoweverManyWereBefore() throws {
    let folder = try TemporaryFolder()
    var configuration = TrainingConfiguration(data: "stripes")
    (configuration.optimization.epochs, configuration.optimization.batchSize) = (200, 8)
    (configuration.evaluation.validateEvery, configuration.execution.tensorBoard) = (2, false)
    configuration.data.preprocessing = Preprocessing(height: 8, width: 8)
    configuration.model.network = NetworkSpecification(layers: [.flatten, .dense(units: nil)])
    let source = try DataSource("stripes", splits: [.training: StripedDataset(count: 40)])
    let session = try TrainingSession(configuration, source: source)
    let run = try RunFolder.next(in: folder.path)
    var written = [writtenBytes]
    try session.run(in: run) { event in
      if case .epochEnded = event { written.append(writtenBytes) }
    }
    let costs = zip(written.dropFirst(), written).map { $0 - $1 }
    // The page is written once a second, so that most epochs go without.
    let (early, late) = (costs[2..<20].min() ?? 0, costs[180..<199].min() ?? 0)
    #expect(early > 0 && late < early + 100, "\(early) and \(late) bytes")
  }

  /// The bytes that this thread has written.
  private var writtenBytes: Int {
    let text = (try? String(contentsOfFile: "/proc/thread-self/io", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("wchar: ") }
    return line.flatMap { Int($0.dropFirst(7)) } ?? 0
  }

  /// Throws at one of its calls, and notes that a checkpoint is announced before it is written.
  private final class FailingObserver: TrainingObserver {
    struct Failure: Error {}
    private var callsLeft: Int
    private let checkpoint: String

    init(at call: Int, checkpoint: String) { (callsLeft, self.checkpoint) = (call, checkpoint) }

    private func count() throws {
      callsLeft -= 1
      if callsLeft < 0 { throw Failure() }
    }

    func begin(_ context: TrainingContext) throws { try count() }
    func prepareCheckpoint(_ context: TrainingContext) throws {
      if context.epochs.count == 1 { #expect(!FileManager.default.fileExists(atPath: checkpoint)) }
      try count()
    }
    func observe(_ event: TrainingEvent, _ context: TrainingContext) throws { try count() }
  }

  @Test(arguments: [0, 1, 3, 7, 8, 9, 10, 14, 19])
  func aRunWhoseObserverFailsIsResumedToTheSameBytes(_ call: Int) throws {
    let folder = try TemporaryFolder()
    var configuration = TrainingConfiguration(data: "stripes")
    (configuration.optimization.epochs, configuration.optimization.batchSize) = (3, 8)
    configuration.data.preprocessing = Preprocessing(height: 8, width: 8)
    configuration.model.network = NetworkSpecification(layers: [.flatten, .dense(units: nil)])
    let source = try DataSource("stripes", splits: [.training: StripedDataset(count: 40)])
    func train(_ name: String, failingAt call: Int) throws {
      let run = try RunFolder.at(folder.path(name), overwrites: false)
      let observer = FailingObserver(at: call, checkpoint: run.last)
      try TrainingSession(configuration, source: source).run(in: run, observers: [observer]) { _ in }
    }
    try train("whole", failingAt: .max)
    #expect(throws: FailingObserver.Failure.self) { try train("failed", failingAt: call) }
    let run = try RunFolder.resuming(folder.path("failed"))
    let session = try TrainingSession(
      resuming: try Checkpoint(run), in: run, configuration, source: source)
    try session.run(in: run) { _ in }
    let whole = try Data(contentsOf: URL(fileURLWithPath: folder.path("whole/weights/last.safetensors")))
    #expect(try Data(contentsOf: URL(fileURLWithPath: run.last)) == whole)
  }

  @Test func samplesOfAnotherSizeThanIsWantedAreRefused() throws {
    let source = try DataSource("stripes", splits: [.training: StripedDataset(count: 20)])
    let configuration = TrainingConfiguration(data: "stripes")
    let error = #expect(throws: TrainingError.self) { try TrainingSession(configuration, source: source) }
    #expect(error?.description.contains("stripes has the preprocessing 8x8") == true)
  }

  @Test func partsThatDoNotFitEachOtherAreNoDataSource() throws {
    let small = StripedDataset(count: 20)
    let large = StripedDataset(preprocessing: Preprocessing(height: 9, width: 9), count: 20)
    #expect(throws: FileError.self) { try DataSource("stripes", splits: [.training: small, .test: large]) }
    #expect(throws: FileError.self) { try DataSource("nothing", splits: [:]) }
    let source = try DataSource("stripes", splits: [.training: small, .test: small])
    #expect(
      source.splits.count == 2 && source.evaluationSplit == .test && source.classNames == small.classNames)
  }
}
