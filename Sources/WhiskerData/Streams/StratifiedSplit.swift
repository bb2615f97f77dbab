import WhiskerTensor

/// A division of a data set's samples into training and validation, in proportion within every class.
public struct StratifiedSplit: Sendable {
  /// The indices of the training samples, ascending.
  public let training: [Int]
  /// The indices of the validation samples, ascending.
  public let validation: [Int]

  /// Divides samples by their labels.
  /// - Parameter fraction: The share of each class that goes to validation, from 0 to 1. A class of two or more
  ///   keeps at least one sample on either side, unless the fraction is 0 or 1.
  public init(labels: [Int], classCount: Int, fraction: Double, seed: UInt64) {
    var members = [[Int]](repeating: [], count: classCount)
    for (index, label) in labels.enumerated() { members[label].append(index) }
    var validation: [Int] = []
    for (label, indices) in members.enumerated() {
      var random = RandomStream(seed: seed, purpose: .split, step: UInt32(label))
      var shuffled = indices
      random.shuffle(&shuffled)
      validation += shuffled.prefix(Self.validationCount(of: indices.count, fraction))
    }
    self.validation = validation.sorted()
    let held = Set(validation)
    training = labels.indices.filter { !held.contains($0) }
  }

  private static func validationCount(of count: Int, _ fraction: Double) -> Int {
    guard fraction > 0, fraction < 1, count > 1 else { return fraction >= 1 ? count : 0 }
    return min(max(Int((Double(count) * fraction).rounded()), 1), count - 1)
  }
}
