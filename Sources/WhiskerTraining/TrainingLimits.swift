/// What numbers a training takes.
extension TrainingConfiguration {
  /// Of the passes over the training samples.
  public static let epochRange = 1...1_000_000
  /// Of the samples of a step.
  public static let batchSizeRange = 1...1 << 16
  /// Of the lanes that decode.
  public static let workerRange = 0...1024
  /// Of the batches kept ready.
  public static let prefetchRange = 1...1 << 20
  /// Of the threads that compute.
  public static let threadRange = 1...1024

  /// Whether every number makes sense, which those of a damaged file may not.
  var isValid: Bool {
    let shares = [momentum, averageMomentum, validationSplit].compactMap(\.self)
    let counts = [patience, validateEvery, checkpointEvery, maximumPixels].compactMap(\.self)
    return Self.epochRange.contains(epochs) && Self.batchSizeRange.contains(batchSize)
      && Self.workerRange.contains(workers) && Self.prefetchRange.contains(prefetch ?? 1)
      && Self.threadRange.contains(threads) && shares.allSatisfy { (0..<1).contains($0) }
      && counts.allSatisfy { $0 > 0 } && learningRate > 0 && weightDecay ?? 0 >= 0 && cacheMemory >= 0
  }
}
