import WhiskerData
import WhiskerNN

/// The probabilities of every picture's classes, by a head that was trained on the other folds.
package struct HeldOutProbabilities {
  /// `[count, classes]`
  let values: [Double]
  let classCount: Int

  /// The number of folds.
  static let foldCount = 5
  /// Enough for the features to be fitted, and too few for wrong labels to be fitted.
  private static let epochs = 10

  /// The probabilities of one picture.
  subscript(index: Int) -> ArraySlice<Double> { values[index * classCount..<(index + 1) * classCount] }

  package init(_ values: [Double], classCount: Int) { (self.values, self.classCount) = (values, classCount) }

  /// Trains a head for every fold, and measures the pictures of the fold with it.
  /// - Parameter groups: The pictures that stay in one fold, such as copies.
  /// - Parameter shouldStop: Called after every batch.
  /// - Throws: `TrainingError` when a training diverges; `CancellationError` when it was stopped.
  init(
    of rows: FeatureRows, groups: CopyGroups, threads: Int, shouldStop: () -> Bool
  ) throws {
    classCount = rows.classNames.count
    let folds = GroupedSplit(
      count: rows.count, classCount: classCount, shares: Array(repeating: 1, count: Self.foldCount), seed: 0,
      groups: groups, label: rows.label)
    var configuration = TrainingConfiguration(data: "", cores: threads)
    configuration.data.preprocessing = rows.preprocessing
    configuration.model.network = NetworkSpecification(layers: Backbone.defaultHead)
    var options = Trainer.Options()
    options.epochs = Self.epochs
    options.readAhead = ReadAhead(workers: 0)
    var values = [Double](repeating: 0, count: rows.count * classCount)
    let classCount = classCount
    for fold in 0..<Self.foldCount {
      let own = folds.samples(in: fold)
      guard !own.isEmpty else { continue }
      let others = folds.samples(outside: fold)
      guard !others.isEmpty else {
        // No head can judge these. Equal probabilities raise no suspicion.
        for index in own {
          for label in 0..<classCount { values[Int(index) * classCount + label] = 1 / Double(classCount) }
        }
        continue
      }
      let network = try TrainingSession.networks(
        configuration, after: nil, classCount: classCount, capacity: options.batchSize)[0]
      network.initialize(seed: UInt64(fold))
      options.seed = UInt64(fold)
      let trainer = Trainer(
        network, TrainingSession.optimizer(configuration, network),
        training: SampleSet(rows, indices: others), validation: nil, options: options)
      let outcome = try trainer.run(shouldStop: shouldStop) { _ in }
      guard outcome.reason != .interrupted else { throw CancellationError() }
      _ = try Evaluator(network, readAhead: options.readAhead).measure(SampleSet(rows, indices: own)) {
        result in
        for label in 0..<classCount {
          values[result.index * classCount + label] = result.probabilities[label]
        }
      }
    }
    self.values = values
  }
}
