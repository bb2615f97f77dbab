import WhiskerData
import WhiskerNN
import WhiskerTraining

extension Benchmark {
  /// Inference on pictures in memory.
  static func evaluate(_ place: BenchContext) throws -> [Row] {
    let samples = try place.samples
    let specification = NetworkPreset.dropoutCNN.specification
    let network = try Network(
      specification, input: samples.dataset.preprocessing.inputShape,
      classCount: samples.dataset.classNames.count,
      capacity: 128, pool: ComputePool(threads: Machine.cores))
    network.initialize(seed: 0)
    let evaluator = Evaluator(network, readAhead: ReadAhead(workers: Machine.cores))
    _ = try evaluator.measure(samples)
    let pace = try place.measure { try place.pace(of: samples.count) { _ = try evaluator.measure(samples) } }
    var ours = Row("evaluation", "whisker", unit: "images/s", pace)
    guard let theirs = try place.figures("evaluate_onnx.py", "\(place.runs)") else { return [ours] }
    let row = Row("evaluation", "ONNX Runtime", unit: "images/s", theirs)
    ours.compare(with: row.median, "x ONNX Runtime")
    return [ours, row]
  }

  /// Copying of shuffled batches, on one core.
  static func gather(_ place: BenchContext) throws -> [Row] {
    let samples = try place.samples
    let size = samples.dataset.preprocessing.sampleSize
    let copied = UnsafeMutablePointer<UInt8>.allocate(capacity: 128 * size)
    defer { copied.deallocate() }
    let pace = try place.measure {
      try place.pace(of: samples.count) {
        let stream = BatchStream(
          samples.dataset, order: samples.shuffled(seed: 0, epoch: 1), batchSize: 128,
          readAhead: ReadAhead(workers: Machine.cores))
        while let batch = try stream.next() { batch.copy(into: copied, sampleSize: size) }
      }
    }
    return [Row("gathering batches", "whisker", unit: "images/s", pace)]
  }
}

extension Batch {
  fileprivate func copy(into copied: UnsafeMutablePointer<UInt8>, sampleSize: Int) {
    withAddresses { address in
      for row in 0..<count { (copied + row * sampleSize).update(from: address(row), count: sampleSize) }
    }
  }
}

extension BenchContext {
  /// The training split of the digits, in memory.
  fileprivate var samples: SampleSet {
    get throws {
      let source = try DataSource.open(digits)
      guard let dataset = source.splits[.training] else {
        throw Subprocess.Failure(description: "\(digits) has no training split")
      }
      return SampleSet(dataset.isWorthCaching ? SampleCache(dataset, budget: .max) : dataset)
    }
  }

  fileprivate func pace(of count: Int, _ work: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try work()
    return Double(count) / ((ContinuousClock.now - start) / .seconds(1))
  }
}
