import WhiskerData
import WhiskerNN
import WhiskerTraining

extension Benchmark {
  /// The classes of pictures in memory, as an evaluation computes them.
  static func evaluate(_ place: Workplace) throws -> [Row] {
    let samples = try place.samples
    let specification = NetworkPreset.dropoutCNN.specification
    let network = try Network(
      specification, input: samples.dataset.preprocessing.inputShape,
      classCount: samples.dataset.classNames.count,
      capacity: 128, pool: ComputePool(threads: Machine.cores))
    network.initialize(seed: 0)
    let evaluator = Evaluator(network, lanes: BatchStream.Lanes(count: Machine.cores))
    _ = try evaluator.measure(samples)
    let pace = try place.measure { try place.pace(of: samples.count) { _ = try evaluator.measure(samples) } }
    var ours = Row("evaluation", "whisker", unit: "images/s", pace)
    guard let theirs = try place.figures("evaluate_onnx.py", "\(place.runs)") else { return [ours] }
    let row = Row("evaluation", "ONNX Runtime", unit: "images/s", theirs)
    ours.compare(with: row.median, "x ONNX Runtime")
    return [ours, row]
  }

  /// Shuffled batches that are copied and nothing more, on one core.
  static func gather(_ place: Workplace) throws -> [Row] {
    let samples = try place.samples
    let size = samples.dataset.preprocessing.sampleSize
    let room = UnsafeMutablePointer<UInt8>.allocate(capacity: 128 * size)
    defer { room.deallocate() }
    let pace = try place.measure {
      try place.pace(of: samples.count) {
        let stream = BatchStream(
          samples.dataset, order: samples.shuffled(seed: 0, epoch: 1), batchSize: 128,
          lanes: BatchStream.Lanes(count: Machine.cores))
        while let batch = try stream.next() { batch.copy(into: room, sampleSize: size) }
      }
    }
    return [Row("gathering batches", "whisker", unit: "images/s", pace)]
  }
}

extension Batch {
  fileprivate func copy(into room: UnsafeMutablePointer<UInt8>, sampleSize: Int) {
    withAddresses { address in
      for row in 0..<count { (room + row * sampleSize).update(from: address(row), count: sampleSize) }
    }
  }
}

extension Workplace {
  /// The digits' training pictures, in memory.
  fileprivate var samples: SampleSet {
    get throws {
      let source = try DataSource.open(digits)
      guard let dataset = source.parts[.training] else {
        throw Subprocess.Failure(description: "\(digits) has no training part")
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
