import Foundation
import TestSupport
import Testing
import WhiskerData
import WhiskerNN

import WhiskerTraining

@Suite struct LearningRateFinderTests {
  private func session(
    _ change: (inout TrainingConfiguration) -> Void = { _ in }
  ) throws -> TrainingSession {
    let stripes = StripedDataset(count: 200)
    var configuration = TrainingConfiguration(data: "stripes", cores: 1)
    configuration.data.preprocessing = stripes.preprocessing
    configuration.model.network = NetworkSpecification(layers: [
      .convolution(filters: 4, kernel: 3), .relu, .maxPool(size: 2), .flatten, .dense(units: nil),
    ])
    configuration.optimization.batchSize = 32
    (configuration.execution.workers, configuration.execution.threads) = (0, 1)
    change(&configuration)
    return try TrainingSession(
      configuration, source: DataSource("stripes", splits: [.training: stripes]))
  }

  @Test("Rates rise exponentially, and the suggestion is a tenth of the best one") func rises() throws {
    let curve = try session().learningRateCurve()
    let rates = curve.points.map(\.rate)
    #expect(rates[0] == 1e-6)
    let factor = pow(1e7, 1.0 / 99)
    for (lower, upper) in zip(rates, rates.dropFirst()) { #expect(abs(upper / lower / factor - 1) < 1e-9) }
    let lowest = try #require(curve.lowest)
    #expect(lowest.loss < 0.9 * curve.points[0].loss)
    #expect(curve.suggestion == lowest.rate / 10)
    #expect(lowest.rate > 1e-5)
  }

  @Test("The search is repeatable, and changes neither the session nor the training after it") func harmless()
    throws
  {
    let (folder, session) = (try TemporaryFolder(), try session { $0.optimization.epochs = 1 })
    let before = session.network.parameters.map(\.value.values)
    let curve = try session.learningRateCurve()
    #expect(session.network.parameters.map(\.value.values) == before)
    #expect(try session.learningRateCurve() == curve)
    try session.run(in: RunFolder.at(folder.path("after"), overwrites: false)) { _ in }
    try self.session { $0.optimization.epochs = 1 }.run(
      in: RunFolder.at(folder.path("alone"), overwrites: false)
    ) { _ in }
    let models = try ["after", "alone"].map {
      try Data(contentsOf: URL(fileURLWithPath: folder.path("\($0)/weights/last.safetensors")))
    }
    #expect(models[0] == models[1])
  }

  @Test("The search stops when it is asked to, and rates stay below the inverse of the weight decay")
  func stops() throws {
    #expect(try session().learningRateCurve { $0.points.count == 7 }.points.count == 7)
    let curve = try session { $0.optimization.weightDecay = 10 }.learningRateCurve()
    #expect(curve.points.allSatisfy { $0.rate <= 0.05 + 1e-12 })
  }

  @Test("A curve that rises, or that is not finite, has no suggestion and counts as diverged") func diverged()
  {
    var curve = LearningRateCurve()
    for step in 0..<40 { curve.add(rate: Double(step + 1), loss: 1 + Double(step)) }
    #expect(curve.isDiverged && curve.suggestion == nil)
    for loss in [Double.nan, .infinity] {
      var curve = LearningRateCurve()
      curve.add(rate: 1, loss: 1)
      #expect(!curve.isDiverged)
      curve.add(rate: 2, loss: loss)
      #expect(curve.isDiverged && curve.suggestion == nil)
      #expect(curve.lowest?.rate == 1)
    }
  }
}
