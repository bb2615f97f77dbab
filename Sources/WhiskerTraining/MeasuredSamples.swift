import WhiskerData
import WhiskerTensor

/// Samples that went through a network, and what came out.
struct MeasuredSamples {
  /// The samples' indices in their data set, `[count]`.
  let indices: [SampleIndex]
  /// The samples' classes, as labels of the network's, `[count]`.
  let labels: [Int32]
  /// `[count, classes]`; there may be room for more.
  let logits: Tensor

  init(_ indices: [SampleIndex], _ labels: [Int32], _ logits: Tensor) {
    (self.indices, self.labels, self.logits) = (indices, labels, logits)
  }

  private var classCount: Int { logits.shape[1] }

  func judgement(_ row: Int) -> Judgement {
    Judgement(
      index: Int(indices[row]), label: Int(labels[row]), logits: logits, row: row, classCount: classCount)
  }

  /// Calls `body` at the first process with the samples of every one, by rank; at the others never. What is added up there
  /// is added up in the order of the samples, as if one process had measured them all.
  func forEach(over job: any Communicator, _ body: (MeasuredSamples) throws -> Void) rethrows {
    guard !job.isAlone else { return try body(self) }
    for (rank, message) in job.gather(job.isFirst ? [] : message).enumerated() {
      try body(rank == 0 ? self : MeasuredSamples(message, classCount: classCount))
    }
  }

  /// Indices, labels and logits, one after the other.
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
