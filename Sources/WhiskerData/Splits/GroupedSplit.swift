import WhiskerCore

/// A division of a dataset's samples into parts, in proportion within every class. Groups of samples stay together, whatever the
/// classes of their samples.
///
/// Units, which are groups or single samples, are placed one after the other, the largest first, each where it disturbs the balance
/// least: in the part with the smallest increase of the sum over the classes of n^2 / (s N^2), n being the part's samples of the
/// class, s the part's share and N the samples of the class in all parts.
public struct GroupedSplit: Sendable {
  /// The number of parts.
  public let partCount: Int
  /// The number of groups and of samples without a group.
  public let unitCount: Int
  /// The part of each sample.
  private let parts: [UInt8]

  /// The most parts.
  public static let partLimit = 100

  /// Divides `count` samples by their labels.
  /// - Parameters:
  ///   - count: The number of samples.
  ///   - classCount: The number of classes.
  ///   - shares: The share of each part, all above 0; 1 to `partLimit` of them.
  ///   - seed: Decides the order of groups of one size, and of the samples of a class.
  ///   - groups: The samples that stay in one part.
  ///   - label: The class of a sample, below `classCount`.
  public init(
    count: Int, classCount: Int, shares: [Double], seed: UInt64, groups: CopyGroups = .none,
    label: (Int) -> Int
  ) {
    precondition((1...Self.partLimit).contains(shares.count), "the number of parts")
    precondition(shares.allSatisfy { $0 > 0 }, "every part has a share")
    let units = SplitUnits(count: count, copies: groups)
    var singles = ClassMembers(count: count, classCount: classCount) {
      units.isFirst($0) && units.size(SampleIndex($0)) == 1 ? label($0) : nil
    }
    var totals = [Int](repeating: 0, count: classCount)
    for index in 0..<count { totals[label(index)] += 1 }
    var places = UnitPlaces(
      count: count, shares: shares, totals: totals, unitCount: groups.count + singles.count)
    (partCount, unitCount) = (shares.count, groups.count + singles.count)
    for group in Self.ordered(groups, seed: seed).map({ groups[$0] }) {
      var own: [Int: Int] = [:]
      for sample in group { own[label(Int(sample)), default: 0] += 1 }
      places.place(group, own.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }
    for label in 0..<classCount {
      var random = RandomStream(seed: seed, purpose: .split, step: UInt32(label))
      singles.withClass(label) { members in
        random.shuffle(members)
        let own = [(label: label, count: 1)]
        for sample in members { places.place(CollectionOfOne(sample), own) }
      }
    }
    parts = places.parts
  }

  /// The samples in a part, ascending.
  public func samples(in part: Int) -> [SampleIndex] { samples { $0 == part } }

  /// The samples in all other parts, ascending.
  public func samples(outside part: Int) -> [SampleIndex] { samples { $0 != part } }

  private func samples(_ isWanted: (Int) -> Bool) -> [SampleIndex] {
    parts.indices.filter { isWanted(Int(parts[$0])) }.map { SampleIndex($0) }
  }

  /// The groups from the largest to the smallest, those of one size in random order.
  private static func ordered(_ groups: CopyGroups, seed: UInt64) -> [Int] {
    var order = Array(groups.indices)
    // No class has this label.
    var random = RandomStream(seed: seed, purpose: .split, step: .max)
    random.shuffle(&order)
    return order.enumerated().sorted {
      (groups[$1.element].count, $0.offset) < (groups[$0.element].count, $1.offset)
    }.map(\.element)
  }
}

/// The parts of the units that are placed so far.
private struct UnitPlaces {
  private(set) var parts: [UInt8]
  private let shares: [Double]
  /// The samples of each class in the whole dataset.
  private let totals: [Int]
  /// The samples of each part and class, part by part.
  private var counts: [Int]
  /// The samples of each part.
  private var sizes: [Int]
  private var unitsLeft: Int
  private var emptyParts: Int

  init(count: Int, shares: [Double], totals: [Int], unitCount: Int) {
    (self.shares, self.totals, unitsLeft, emptyParts) = (shares, totals, unitCount, shares.count)
    parts = Array(repeating: 0, count: count)
    counts = Array(repeating: 0, count: totals.count * shares.count)
    sizes = Array(repeating: 0, count: shares.count)
  }

  /// Places a unit with some samples of each of its classes.
  mutating func place(_ unit: some Collection<SampleIndex>, _ classes: [(label: Int, count: Int)]) {
    // No part stays empty while there are units for it.
    let isForEmpty = unitsLeft <= emptyParts
    var best: (part: Int, increase: Double, fill: Double)?
    for part in sizes.indices where !isForEmpty || sizes[part] == 0 {
      var increase = 0.0
      for (label, count) in classes {
        let (total, before) = (Double(totals[label]), Double(counts[part * totals.count + label]))
        increase += Double(count) * (2 * before + Double(count)) / (shares[part] * total * total)
      }
      let fill = Double(sizes[part]) / shares[part]
      if let best, (best.increase, best.fill) <= (increase, fill) { continue }
      best = (part, increase, fill)
    }
    guard let part = best?.part else { return }
    for sample in unit { parts[Int(sample)] = UInt8(part) }
    for (label, count) in classes { counts[part * totals.count + label] += count }
    emptyParts -= sizes[part] == 0 ? 1 : 0
    sizes[part] += unit.count
    unitsLeft -= 1
  }
}
