import Testing
import WhiskerCore
import WhiskerData

@Suite struct GroupedSplitTests {
  /// A random dataset: classes of several sizes, and groups whose samples may be of several classes.
  private struct Made: CustomTestStringConvertible {
    let seed: UInt64
    var labels: [Int] = []
    var groups: [[Int]] = []
    static let classCount = 4

    var testDescription: String { "set \(seed)" }

    init(seed: UInt64, grouped percent: Int) {
      self.seed = seed
      var random = RandomStream(seed: seed, purpose: .samples)
      for label in 0..<Self.classCount {
        labels += [Int](repeating: label, count: 5 + random.next(below: 60))
      }
      random.shuffle(&labels)
      var groupOf: [Int] = []
      for index in labels.indices {
        let joins = index > 0 && random.next(below: 100) < percent
        groupOf.append(joins ? groupOf[random.next(below: index)] : index)
      }
      groups = Dictionary(grouping: labels.indices) { groupOf[$0] }.values.filter { $0.count > 1 }
    }

    func split(_ shares: [Double]) -> GroupedSplit {
      let copies = groups.flatMap { group in
        group.dropFirst().map { CopyGroups.Copy(first: SampleIndex(group[0]), index: SampleIndex($0)) }
      }
      return GroupedSplit(
        count: labels.count, classCount: Self.classCount, shares: shares, seed: seed,
        groups: CopyGroups(copies)
      ) { labels[$0] }
    }

    func counts(_ samples: [SampleIndex]) -> [Int] {
      (0..<Self.classCount).map { label in samples.count { labels[Int($0)] == label } }
    }
  }

  private static let made = (0..<60).map { Made(seed: $0, grouped: [0, 20, 60, 90][Int($0 % 4)]) }

  @Test("Every sample is in one part, and groups stay together", arguments: made)
  private func whole(_ made: Made) {
    let split = made.split([1, 1, 1, 1, 1])
    let parts = (0..<5).map { split.samples(in: $0) }
    #expect(parts.flatMap(\.self).sorted() == made.labels.indices.map(SampleIndex.init))
    for (number, part) in parts.enumerated() {
      #expect(part == part.sorted())
      #expect((part + split.samples(outside: number)).sorted() == made.labels.indices.map(SampleIndex.init))
      let own = Set(part.map(Int.init))
      for group in made.groups {
        #expect(group.allSatisfy(own.contains) || !group.contains(where: own.contains))
      }
    }
    #expect(split.unitCount == made.labels.count - made.groups.reduce(0) { $0 + $1.count - 1 })
  }

  @Test("Without groups, the parts differ by at most one sample of each class, and by few in all")
  func balanced() {
    for made in Self.made where made.groups.isEmpty {
      let parts = (0..<5).map { made.split([1, 1, 1, 1, 1]).samples(in: $0) }
      let counts = parts.map(made.counts)
      for label in 0..<Made.classCount {
        let own = counts.map { $0[label] }
        #expect(own.max()! - own.min()! <= 1, "\(counts)")
      }
      let sizes = parts.map(\.count)
      #expect(sizes.max()! - sizes.min()! <= 1, "\(sizes)")
    }
  }

  @Test(
    "With groups, no part is further from its share of a class than the largest groups explain",
    arguments: made)
  private func nearlyBalanced(_ made: Made) {
    for shares in [[1, 1, 1, 1, 1], [0.8, 0.2]] as [[Double]] {
      let split = made.split(shares)
      let sum = shares.reduce(0, +)
      let largest = made.groups.map(\.count).max() ?? 1
      let totals = made.counts(made.labels.indices.map(SampleIndex.init))
      for part in shares.indices {
        let counts = made.counts(split.samples(in: part))
        for label in 0..<Made.classCount {
          let wanted = Double(totals[label]) * shares[part] / sum
          #expect(abs(Double(counts[label]) - wanted) <= Double(largest) + 1, "\(counts) of \(totals)")
        }
      }
    }
  }

  @Test("The seed decides, and nothing else")
  func seeded() {
    let labels = (0..<40).map { $0 % 2 }
    func parts(_ seed: UInt64) -> [[SampleIndex]] {
      let split = GroupedSplit(count: 40, classCount: 2, shares: [1, 1, 1], seed: seed) { labels[$0] }
      return (0..<3).map { split.samples(in: $0) }
    }
    #expect(parts(1) == parts(1))
    #expect(parts(1) != parts(2))
  }

  // A change of these numbers changes the folds of every seed.
  @Test("The folds of a seed stay what they are")
  func stable() {
    let groups = CopyGroups([
      .init(first: 3, index: 4), .init(first: 3, index: 9), .init(first: 10, index: 15),
    ])
    let split = GroupedSplit(count: 20, classCount: 2, shares: [1, 1, 1], seed: 42, groups: groups) { $0 % 2 }
    #expect(
      (0..<3).map { split.samples(in: $0) } == [
        [3, 4, 9, 11, 12, 14, 17], [0, 5, 8, 10, 15, 19], [1, 2, 6, 7, 13, 16, 18],
      ])
  }

  @Test("No part stays empty while there are samples for it")
  func noneEmpty() {
    let pair = CopyGroups([.init(first: 0, index: 1), .init(first: 0, index: 2)])
    let few = GroupedSplit(count: 4, classCount: 2, shares: [0.99, 0.01], seed: 0, groups: pair) { $0 / 2 }
    #expect(few.samples(in: 0) == [0, 1, 2] && few.samples(in: 1) == [3])
    let folds = GroupedSplit(count: 5, classCount: 1, shares: [1, 1, 1, 1, 1], seed: 3) { _ in 0 }
    #expect((0..<5).allSatisfy { folds.samples(in: $0).count == 1 })
    let one = GroupedSplit(count: 1, classCount: 1, shares: [1, 1], seed: 3) { _ in 0 }
    #expect(one.unitCount == 1)
    #expect(GroupedSplit(count: 0, classCount: 2, shares: [1, 1], seed: 3) { _ in 0 }.samples(in: 0).isEmpty)
  }

  @Test("Groups by name join groups of copies that share a sample")
  func joined() {
    let copies = CopyGroups([.init(first: 1, index: 4), .init(first: 5, index: 7)])
    let names = ["a", "b", "a", nil, "c", nil, "c", "b", nil]
    let joined = copies.joined(count: names.count) { names[$0] }
    #expect(joined.map(Array.init) == [[0, 2], [1, 4, 5, 6, 7]])
    #expect(CopyGroups.none.joined(count: 3) { _ in nil } == .none)
  }
}
