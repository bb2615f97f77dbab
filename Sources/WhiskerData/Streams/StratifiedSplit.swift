import WhiskerTensor

/// A division of a data set's samples into training and validation, in proportion within every class.
public struct StratifiedSplit: Sendable {
  /// The indices of the training samples, ascending.
  public let training: [SampleIndex]
  /// The indices of the validation samples, ascending.
  public let validation: [SampleIndex]

  /// Divides `count` samples by their labels, in no more memory than the result's and a byte a sample.
  /// - Parameter fraction: The share of each class that goes to validation, from 0 to 1. A class of two or more
  ///   keeps at least one sample on either side, unless the fraction is 0 or 1.
  /// - Parameter label: The class of a sample, below `classCount`.
  public init(count: Int, classCount: Int, fraction: Double, seed: UInt64, label: (Int) -> Int) {
    precondition(count <= Int(SampleIndex.max), "a sample's index has four bytes")
    let isHeld = Self.held(
      ClassMembers(count: count, classCount: classCount, label: label), fraction: fraction, seed: seed)
    training = Self.indices(of: false, in: isHeld)
    validation = Self.indices(of: true, in: isHeld)
  }

  /// Whether each sample is held back for validation.
  private static func held(_ members: consuming ClassMembers, fraction: Double, seed: UInt64) -> [Bool] {
    var isHeld = [Bool](repeating: false, count: members.count)
    for label in 0..<members.classCount {
      var random = RandomStream(seed: seed, purpose: .split, step: UInt32(label))
      members.withClass(label) { indices in
        random.shuffle(indices)
        for index in indices.prefix(validationCount(of: indices.count, fraction)) {
          isHeld[Int(index)] = true
        }
      }
    }
    return isHeld
  }

  private static func indices(of side: Bool, in isHeld: [Bool]) -> [SampleIndex] {
    let count = isHeld.count { $0 == side }
    return [SampleIndex](unsafeUninitializedCapacity: count) { buffer, filled in
      for (index, held) in isHeld.enumerated() where held == side {
        buffer.initializeElement(at: filled, to: SampleIndex(index))
        filled += 1
      }
    }
  }

  private static func validationCount(of count: Int, _ fraction: Double) -> Int {
    guard fraction > 0, fraction < 1, count > 1 else { return fraction >= 1 ? count : 0 }
    return min(max(Int((Double(count) * fraction).rounded()), 1), count - 1)
  }
}
