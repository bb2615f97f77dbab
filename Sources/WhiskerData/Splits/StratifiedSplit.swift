import WhiskerCore

/// A division of a dataset's samples into training and validation, in proportion within every class. Copies of one sample stay
/// on one side.
public struct StratifiedSplit: Sendable {
  /// The indices of the training samples, ascending.
  public let training: [SampleIndex]
  /// The indices of the validation samples, ascending.
  public let validation: [SampleIndex]

  /// Divides `count` samples by their labels. It needs a byte a sample besides the memory of the result.
  /// - Parameter count: The number of samples.
  /// - Parameter classCount: The number of classes.
  /// - Parameter fraction: The share of each class that goes to validation, from 0 to 1, as nearly as groups of
  ///   copies allow. A class of two or more samples that are not all copies keeps at least one on either side, unless
  ///   the fraction is 0 or 1.
  /// - Parameter seed: Decides which samples go to validation.
  /// - Parameter copies: The groups of samples that stay on one side. A group counts for the class of its first sample.
  /// - Parameter label: The class of a sample, below `classCount`.
  public init(
    count: Int, classCount: Int, fraction: Double, seed: UInt64, copies: CopyGroups = .none,
    label: (Int) -> Int
  ) {
    precondition(count <= Int(SampleIndex.max), "a sample's index has four bytes")
    let isHeld = Self.held(
      count: count, classCount: classCount, fraction: fraction, seed: seed,
      units: SplitUnits(count: count, copies: copies), label: label)
    training = Self.indices(of: false, in: isHeld)
    validation = Self.indices(of: true, in: isHeld)
  }

  /// Whether each sample goes to validation.
  private static func held(
    count: Int, classCount: Int, fraction: Double, seed: UInt64, units: SplitUnits, label: (Int) -> Int
  ) -> [Bool] {
    var isHeld = [Bool](repeating: false, count: count)
    var members = ClassMembers(count: count, classCount: classCount) {
      units.isFirst($0) ? label($0) : nil
    }
    for label in 0..<classCount {
      var random = RandomStream(seed: seed, purpose: .split, step: UInt32(label))
      members.withClass(label) { firsts in
        random.shuffle(firsts)
        choose(of: firsts, units, fraction) { first in
          units.forEachSample(first) { isHeld[Int($0)] = true }
        }
      }
    }
    return isHeld
  }

  /// Chooses the units of a class for validation: in their order, each one that still fits, and at the end one more
  /// where the result is then closer to the wanted number of samples.
  private static func choose(
    of firsts: UnsafeMutableBufferPointer<SampleIndex>, _ units: SplitUnits, _ fraction: Double,
    hold: (SampleIndex) -> Void
  ) {
    let total = firsts.reduce(0) { $0 + units.size($1) }
    var rest = validationCount(of: total, fraction)
    var held = 0
    var smallest: (first: SampleIndex, size: Int)?
    for first in firsts {
      let size = units.size(first)
      if size <= rest {
        hold(first)
        held += 1
        rest -= size
      } else if size < smallest?.size ?? .max {
        smallest = (first, size)
      }
    }
    guard rest > 0, let smallest, held + 1 < firsts.count else { return }
    if held == 0 || smallest.size - rest < rest { hold(smallest.first) }
  }

  private static func indices(of side: Bool, in isHeld: [Bool]) -> [SampleIndex] {
    let count = isHeld.count { $0 == side }
    // An array without capacity is one object that all threads share, and the initialiser would write its count.
    guard count > 0 else { return [] }
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
