import Testing
import WhiskerData
import WhiskerNN
import WhiskerTraining

@Suite struct TrainerTests {
  private static let layers: [LayerSpecification] = [
    .convolution(filters: 4, kernel: 3), .relu, .maxPool(size: 2), .dropout(rate: 0.2), .flatten,
    .dense(units: 8),
    .relu, .dense(units: nil),
  ]

  private func network(capacity: Int = 32) throws -> Network {
    let network = try Network(
      NetworkSpecification(layers: Self.layers), input: .map(channels: 1, height: 8, width: 8), classCount: 2,
      capacity: capacity, pool: ComputePool(threads: 2))
    network.initialize(seed: 1)
    return network
  }

  private func trainer(
    _ training: StripedDataset, _ validation: StripedDataset? = nil, learningRate: Double = 0.01,
    _ change: (inout Trainer.Options) -> Void = { _ in }
  ) throws -> Trainer {
    var options = Trainer.Options()
    options.batchSize = 32
    options.epochs = 4
    change(&options)
    let network = try network()
    return Trainer(
      network, Adam(network.parameters, learningRate: learningRate), training: SampleSet(training),
      validation: validation.map { SampleSet($0) }, options: options)
  }

  @Test func eventsComeInOrder() throws {
    var told: [String] = []
    try trainer(StripedDataset(count: 70), StripedDataset(count: 10)) { $0.epochs = 2 }.run { event in
      switch event {
      case .epochStarted(let epoch): told.append("start \(epoch)")
      case .batchEnded(let report): told.append("batch \(report.batch)/\(report.batchCount)")
      case .epochEnded(let report): told.append("end \(report.epoch)")
      case .validationStarted(let epoch, let samples): told.append("validating \(samples) of \(epoch)")
      case .validated(let report): told.append("validated \(report.step)")
      case .checkpoint: told.append("checkpoint")
      case .finished(let outcome): told.append("\(outcome.reason)")
      }
    }
    let epoch = ["batch 1/3", "batch 2/3", "batch 3/3"]
    #expect(
      told == ["start 1"] + epoch + ["validating 10 of 1", "checkpoint", "end 1", "start 2"] + epoch
        + ["validating 10 of 2", "checkpoint", "end 2", "completed"])
  }

  @Test func whatIsDueInTheMidstOfAnEpochComesThere() throws {
    var told: [String] = []
    try trainer(StripedDataset(count: 32 * 9), StripedDataset(count: 10)) {
      $0.epochs = 1
      $0.checkpointEvery = 3
      $0.validateEvery = 4
    }.run { event in
      switch event {
      case .batchEnded(let report): told.append("\(report.batch)")
      case .validated(let report): told.append("validated \(report.step)")
      case .checkpoint: told.append("checkpoint")
      case .epochStarted, .validationStarted, .epochEnded, .finished: break
      }
    }
    // The checkpoint and the validation after the last batch are those of the epoch.
    #expect(
      told == [
        "1", "2", "3", "checkpoint", "4", "checkpoint", "validated 4", "5", "6", "checkpoint", "7", "8",
      ]
        + ["checkpoint", "validated 8", "9", "checkpoint"])
  }

  @Test("With an interval, there are checkpoints after the first epoch, better weights, a stop and the end")
  func checkpointInterval() throws {
    var noise = StripedDataset(count: 64)
    noise.isNoise = true
    func checkpoints(stoppingAfter last: Int) throws -> (kept: [Int], best: [Int], ended: Int) {
      var (kept, best, ended, lowest) = ([Int](), [Int](), 0, Double.infinity)
      try trainer(StripedDataset(count: 64), noise) {
        $0.epochs = 12
        $0.checkpointInterval = .seconds(3600)
      }.run(shouldStop: { ended == last }) { event in
        if case .checkpoint = event { kept.append(ended + 1) }
        guard case .epochEnded(let report) = event else { return }
        ended = report.epoch
        if report.validationLoss ?? 0 < lowest { best.append(ended) }
        lowest = min(lowest, report.validationLoss ?? 0)
      }
      return (kept, best, ended)
    }
    let whole = try checkpoints(stoppingAfter: 13)
    #expect(Set(whole.kept) == Set(whole.best + [1, 12]) && whole.kept.count < 12, "\(whole)")
    // A stop after an epoch without a checkpoint makes one.
    let bad = try #require((2...11).first { !whole.best.contains($0) })
    let stopped = try checkpoints(stoppingAfter: bad)
    #expect(stopped.kept.last == bad + 1 && stopped.ended == bad, "\(stopped)")
  }

  @Test("Label smoothing changes the training loss, and no validation loss has it") func smoothing() throws {
    func losses(_ change: (inout Trainer.Options) -> Void) throws -> (training: Double, validation: Double) {
      // The rate is too low to change a weight.
      let report = try trainer(StripedDataset(count: 64), StripedDataset(count: 20), learningRate: 1e-30) {
        $0.epochs = 1
        change(&$0)
      }.run { _ in }.epochs[0]
      return (report.loss, report.validationLoss ?? .nan)
    }
    let (plain, smoothed) = try (losses { _ in }, losses { $0.labelSmoothing = 0.9 })
    #expect(smoothed.validation == plain.validation)
    #expect(smoothed.training != plain.training)
  }

  @Test("Clipping at a high norm changes nothing but rounding, and at a low one every step of SGD")
  func clipping() throws {
    func firstWeights(_ clipNorm: Double?) throws -> [Double] {
      let network = try network()
      var options = Trainer.Options()
      (options.epochs, options.batchSize, options.clipNorm) = (1, 32, clipNorm)
      let trainer = Trainer(
        network, Adam(network.parameters, learningRate: 0.01), training: SampleSet(StripedDataset(count: 96)),
        validation: nil, options: options)
      _ = try trainer.run { _ in }
      return network.parameters.flatMap { $0.value.values.map(Double.init) }
    }
    let (plain, high, low) = try (firstWeights(nil), firstWeights(1e6), firstWeights(1e-9))
    func distance(_ other: [Double]) -> Double { zip(plain, other).map { abs($0 - $1) }.max() ?? 0 }
    #expect(distance(high) < 1e-4)
    #expect(distance(low) > 1e-3)
  }

  @Test func stripesAreLearned() throws {
    let outcome = try trainer(StripedDataset(count: 400), StripedDataset(count: 101)) { $0.epochs = 15 }.run {
      _ in
    }
    #expect(outcome.epochs.count == 15)
    #expect(outcome.epochs[14].validationAccuracy ?? 0 > 0.95)
    #expect(outcome.epochs[14].loss < outcome.epochs[0].loss)
  }

  @Test func withoutValidationTheLossDecides() throws {
    let outcome = try trainer(StripedDataset(count: 64)).run { _ in }
    #expect(outcome.epochs.allSatisfy { $0.validationLoss == nil && $0.validationAccuracy == nil })
    #expect(outcome.best?.loss == outcome.epochs.map(\.loss).min())
  }

  @Test func trainingStopsWhenNoiseIsNoLongerLearned() throws {
    var noise = StripedDataset(count: 64)
    noise.isNoise = true
    let outcome = try trainer(StripedDataset(count: 64), noise) {
      $0.epochs = 50
      $0.patience = 2
    }.run { _ in }
    #expect(outcome.reason == .stoppedEarly)
    let losses = outcome.epochs.compactMap(\.validationLoss)
    #expect(losses.count < 50)
    // The best epoch is followed by exactly the epochs that patience allows.
    #expect(losses.firstIndex(of: losses.min() ?? 0) == losses.count - 3)
  }

  @Test func aWishToStopEndsTheEpochAfterTheBatch() throws {
    var batches = 0
    let outcome = try trainer(StripedDataset(count: 320), StripedDataset(count: 32)).run(
      shouldStop: { batches == 13 }
    ) { event in
      if case .batchEnded = event { batches += 1 }
    }
    #expect(outcome.reason == .interrupted)
    #expect(outcome.epochs.count == 1)
    #expect(outcome.batchesBeyond == 3)
  }

  @Test func unreadableSamplesAreToldOnceAndLeftOut() throws {
    var training = StripedDataset(count: 70)
    training.broken = [3, 40]
    var validation = StripedDataset(count: 10)
    validation.broken = [9]
    let outcome = try trainer(training, validation).run { _ in }
    #expect(Set(outcome.failures.map(\.name)) == ["stripes/3.png", "stripes/40.png", "stripes/9.png"])
    #expect(outcome.failures.count == 3)
    #expect(outcome.failures.allSatisfy { $0.reason == "is broken" })
  }

  @Test func theFailPolicyNamesTheSample() throws {
    var training = StripedDataset(count: 70)
    training.broken = [40]
    let error = #expect(throws: SampleFailure.self) {
      try trainer(training) { $0.policy = .fail }.run { _ in }
    }
    #expect(error?.name == "stripes/40.png")
  }

  @Test func nothingReadableIsAnError() throws {
    var training = StripedDataset(count: 5)
    training.broken = Set(0..<5)
    let error = #expect(throws: TrainingError.self) { try trainer(training).run { _ in } }
    #expect(error?.description.contains("none of the 5 files can be read") ?? false)
  }

  @Test func aLossThatIsNoNumberIsAnErrorAndNamesTheLearningRate() throws {
    let error = #expect(throws: TrainingError.self) {
      try trainer(StripedDataset(count: 320), learningRate: 1e30).run { _ in }
    }
    #expect(error?.description.contains("`learningRate`") ?? false)
  }

  @Test func noCheckpointHoldsWeightsThatAreNotFinite() throws {
    for validation in [StripedDataset(count: 10), nil] {
      let network = try network()
      let optimizer = Adam(network.parameters, learningRate: 0.01)
      var options = Trainer.Options()
      (options.epochs, options.batchSize, options.checkpointEvery) = (2, 32, 1)
      let trainer = Trainer(
        network, optimizer, training: SampleSet(StripedDataset(count: 320)),
        validation: validation.map { SampleSet($0) }, options: options)
      var checkpoints = 0
      let error = #expect(throws: TrainingError.self) {
        try trainer.run { event in
          if case .checkpoint = event {
            checkpoints += 1
            #expect(network.isFinite)
          }
          // The loss of the next batch is measured before its step breaks the weights.
          if case .batchEnded(let report) = event, report.batch == 4 { optimizer.learningRate = .infinity }
        }
      }
      #expect(checkpoints == 4)
      #expect(error?.description.contains("training diverged: step 5") == true)
    }
  }

  @Test func anObserversErrorEndsTheTraining() throws {
    struct Full: Error {}
    #expect(throws: Full.self) {
      try trainer(StripedDataset(count: 64)).run { event in
        if case .epochEnded = event { throw Full() }
      }
    }
  }

  @Test func theValidationIsOfTheSamplesAsTheyAre() throws {
    let network = try network()
    let validation = SampleSet(StripedDataset(count: 60))
    var options = Trainer.Options()
    (options.epochs, options.batchSize) = (2, 32)
    options.augmentation.noise = 0.5
    options.augmentation.rotate = 180
    let trainer = Trainer(
      network, Adam(network.parameters), training: SampleSet(StripedDataset(count: 64)),
      validation: validation,
      options: options)
    let last = try trainer.run { _ in }.epochs[1]
    let evaluation = try Evaluator(network, readAhead: .init(workers: 1)).measure(validation)
    #expect(evaluation.loss == last.validationLoss)
  }

  @Test func everyEpochVariesTheTrainingSamplesAnew() throws {
    // A network that does not learn, in one batch an epoch, has the same loss in all of them but for what it is shown.
    func spread(_ noise: Double) throws -> Double {
      let network = try Network(
        NetworkSpecification(layers: [.flatten, .dense(units: nil)]),
        input: .map(channels: 1, height: 8, width: 8),
        classCount: 2, capacity: 64, pool: ComputePool(threads: 1))
      network.initialize(seed: 1)
      var options = Trainer.Options()
      (options.epochs, options.batchSize, options.augmentation.noise) = (4, 64, noise)
      let trainer = Trainer(
        network, SGD(network.parameters, learningRate: 1e-30, momentum: 0),
        training: SampleSet(StripedDataset(count: 64)), validation: nil, options: options)
      let losses = try trainer.run { _ in }.epochs.map(\.loss).sorted()
      return zip(losses.dropFirst(), losses).map { $0 - $1 }.min() ?? 0
    }
    #expect(try abs(spread(0)) < 1e-9)
    #expect(try spread(0.3) > 1e-5)
  }

  @Test func validationAgreesWithAnEvaluationInOtherBatches() throws {
    let network = try network()
    let validation = SampleSet(StripedDataset(count: 101))
    var options = Trainer.Options()
    options.epochs = 2
    options.batchSize = 32
    let trainer = Trainer(
      network, Adam(network.parameters), training: SampleSet(StripedDataset(count: 200)),
      validation: validation,
      options: options)
    let last = try trainer.run { _ in }.epochs[1]
    for capacity in [1, 7, 101] {
      let other = try self.network(capacity: capacity)
      for (to, from) in zip(other.parameters, network.parameters) {
        for index in 0..<to.value.count { to.value[index] = from.value[index] }
      }
      let evaluation = try Evaluator(other, readAhead: .init(workers: 2)).measure(validation)
      #expect(evaluation.loss == last.validationLoss)
      #expect(evaluation.accuracy == last.validationAccuracy)
    }
  }
}
