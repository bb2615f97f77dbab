import WhiskerData
import WhiskerCore

/// Samples with the network's logits.
struct MeasuredSamples {
  /// The samples' indices in their dataset, `[count]`.
  let indices: [SampleIndex]
  /// The samples' classes as labels of the network, `[count]`.
  let labels: [Int32]
  /// `[capacity, classes]`; the first `count` rows are used.
  let logits: Tensor

  init(_ indices: [SampleIndex], _ labels: [Int32], _ logits: Tensor) {
    (self.indices, self.labels, self.logits) = (indices, labels, logits)
  }

  private var classCount: Int { logits.shape[1] }

  func judgement(_ row: Int) -> SampleResult {
    SampleResult(
      index: Int(indices[row]), label: Int(labels[row]), logits: logits, row: row, classCount: classCount)
  }

  /// Calls `body` in the first process with the samples of each process, by rank; in the others never. Sums in `body`
  /// follow the order of the samples, as in a single process.
  func forEach(over communicator: any Communicator, _ body: (MeasuredSamples) throws -> Void) rethrows {
    guard !communicator.isAlone else { return try body(self) }
    for (rank, message) in communicator.gather(communicator.isFirst ? [] : message).enumerated() {
      try body(rank == 0 ? self : MeasuredSamples(message, classCount: classCount))
    }
  }

  /// Indices, labels and logits, concatenated.
  private var message: [UInt8] {
    let logits = UnsafeBufferPointer(start: logits.elements, count: indices.count * classCount)
    return indices.withUnsafeBytes(Array.init) + labels.withUnsafeBytes(Array.init)
      + Array(UnsafeRawBufferPointer(logits))
  }

  private init(_ message: [UInt8], classCount: Int) {
    let count = message.count / (4 * (2 + classCount))
    self = message.withUnsafeBytes { bytes in
      let logits = Tensor(shape: [max(count, 1), classCount])
      for index in 0..<count * classCount {
        logits.elements[index] = bytes.loadUnaligned(fromByteOffset: 4 * (2 * count + index), as: Float.self)
      }
      return MeasuredSamples(
        (0..<count).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: SampleIndex.self) },
        (0..<count).map { bytes.loadUnaligned(fromByteOffset: 4 * (count + $0), as: Int32.self) }, logits)
    }
  }
}
