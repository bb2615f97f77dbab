/// The valid ranges of a training's numbers.
extension TrainingConfiguration {
  /// The passes over the training samples.
  public static let epochRange = 1...1_000_000
  /// The samples of a step.
  public static let batchSizeRange = 1...1 << 16
  /// The threads that decode.
  public static let workerRange = 0...1024
  /// The batches kept ready.
  public static let prefetchRange = 1...1 << 20
  /// The threads that compute.
  public static let threadRange = 1...1024
  /// The most sizes of training samples.
  public static let trainingSizeLimit = 16

  /// Whether every number is in its range, which may not be so in a damaged file.
  var isValid: Bool {
    let fractions = [
      optimization.momentum, optimization.averageMomentum, optimization.labelSmoothing, data.validationSplit,
    ].compactMap(\.self)
    let counts =
      [
        evaluation.patience, evaluation.validateEvery, execution.checkpointEvery, data.maximumPixels,
        execution.processes,
      ].compactMap(\.self) + data.trainingSizes.flatMap { [$0.height, $0.width] }
    return Self.epochRange.contains(optimization.epochs)
      && Self.batchSizeRange.contains(optimization.batchSize)
      && Self.workerRange.contains(execution.workers) && Self.prefetchRange.contains(execution.prefetch ?? 1)
      && Self.threadRange.contains(execution.threads) && fractions.allSatisfy { (0..<1).contains($0) }
      && counts.allSatisfy { $0 > 0 } && optimization.learningRate > 0 && optimization.weightDecay >= 0
      && optimization.clipNorm ?? 1 > 0 && optimization.mixing?.isValid ?? true && data.fold?.isValid ?? true
      && data.trainingSizes.count <= Self.trainingSizeLimit && execution.cacheMemory >= 0
      && fineTuning?.isValid ?? true
  }
}
