import Testing
import WhiskerData
import WhiskerNN
import WhiskerTraining

@Suite struct DropoutAdaptationTests {
  private let rule = DropoutAdaptation()

  private func rates(_ rates: [Double], gap: Double, epochs: Double = 1) -> [Double] {
    rule.rates(after: rates, gap: gap, classCount: 10, epochs: epochs)
  }

  @Test func aWideGapRaisesEveryRateAndANarrowOneLowersIt() {
    for gap in [0.5, 1, 100, Double.infinity] {
      let raised = rates([0.25, 0.5], gap: gap)
      #expect(raised[0] > 0.25 && raised[1] > 0.5 && raised[0] < raised[1])
    }
    for gap in [0.01, 0, -1, -Double.infinity] {
      let lowered = rates([0.25, 0.5], gap: gap)
      #expect(lowered[0] < 0.25 && lowered[1] < 0.5 && lowered[0] < lowered[1])
    }
  }

  @Test func aStepIsSmallAndTheRatesStayWithinTheirBounds() {
    #expect(rates([0.5], gap: 1e9)[0] < 0.65)
    var (high, low) = ([0.25, 0.5], [0.25, 0.5])
    for _ in 0..<100 { (high, low) = (rates(high, gap: 10), rates(low, gap: -10)) }
    #expect(high == [rule.most, rule.most] && low == [rule.least, rule.least])
    // From there they come back, and so does what was never dropped.
    #expect(rates(high, gap: 0)[0] < rule.most)
    #expect(rates([0], gap: 10)[0] > rule.least)
  }

  @Test func howOftenIsValidatedDoesNotMatter() {
    let whole = rates([0.25, 0.5], gap: 0.6)
    let parts = (0..<10).reduce([0.25, 0.5]) { parts, _ in rates(parts, gap: 0.6, epochs: 0.1) }
    for (one, other) in zip(whole, parts) { #expect(abs(one - other) < 1e-5) }
  }

  /// The rates in the last of `epochs` epochs.
  private func trained(
    _ training: SampleSet, _ validation: SampleSet, epochs: Int, learningRate: Double,
    _ change: (inout Trainer.Options) -> Void = { _ in }
  ) throws -> [EpochReport] {
    let network = try Network(
      NetworkSpecification(layers: [
        .convolution(filters: 8, kernel: 3), .relu, .maxPool(size: 2), .dropout(rate: 0.2), .flatten,
        .dense(units: 32), .relu, .dropout(rate: 0.4), .dense(units: nil),
      ]), input: .map(channels: 1, height: 8, width: 8), classCount: 2, capacity: 32,
      pool: ComputePool(threads: 2))
    network.initialize(seed: 1)
    var options = Trainer.Options()
    (options.epochs, options.batchSize, options.dropoutAdaptation) = (epochs, 32, DropoutAdaptation())
    change(&options)
    let outcome = try Trainer(
      network, Adam(network.parameters, learningRate: learningRate), training: training,
      validation: validation,
      options: options
    ).run { _ in }
    #expect(network.specification.dropoutRates == outcome.epochs.last?.dropout?.rates)
    return outcome.epochs
  }

  @Test func labelsThatAreNoiseRaiseTheRates() throws {
    var noise = StripedDataset(count: 192)
    noise.isNoise = true
    let epochs = try trained(
      SampleSet(noise, indices: Array(0..<96)), SampleSet(noise, indices: Array(96..<192)), epochs: 60,
      learningRate: 0.005)
    let (first, last) = (try #require(epochs[0].dropout), try #require(epochs[59].dropout))
    #expect(first.rates == [0.2, 0.4])
    #expect(last.rates[0] > 0.3 && last.rates[1] > 0.5, "\(last)")
    #expect(try #require(epochs[59].validationLoss) > last.trainingLoss)
  }

  @Test func aNetworkThatHasHardlyBegunToLearnLowersThem() throws {
    let epochs = try trained(
      SampleSet(StripedDataset(count: 192), indices: Array(0..<96)),
      SampleSet(StripedDataset(count: 192), indices: Array(96..<192)), epochs: 20, learningRate: 1e-5)
    let last = try #require(epochs[19].dropout)
    #expect(last.rates[0] < 0.15 && last.rates[1] < 0.3, "\(last)")
  }

  @Test func theLossIsThatOfTrainingSamplesAsTheyAreWithoutDropout() throws {
    let set = StripedDataset(count: 192)
    var losses: [Double] = []
    for noise in [0, 0.5] {
      // A network that does not learn tells the same loss, however its samples are varied and dropped.
      let epochs = try trained(
        SampleSet(set, indices: Array(0..<96)), SampleSet(set, indices: Array(96..<192)), epochs: 2,
        learningRate: 1e-30
      ) { $0.augmentation.noise = noise }
      losses += epochs.compactMap { $0.dropout?.trainingLoss }
    }
    #expect(losses.count == 4 && Set(losses).count == 1, "\(losses)")
  }
}
