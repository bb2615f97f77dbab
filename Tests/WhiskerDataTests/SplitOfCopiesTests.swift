import Testing
import WhiskerData
import WhiskerCore

/// Splits of sets in which some samples are copies of others.
@Suite struct SplitOfCopiesTests {
  /// A set made up at random: up to seven classes of up to 60 samples, some of which are copies, of other classes too.
  struct Made: CustomTestStringConvertible {
    var labels: [Int] = []
    var groups: [[Int]] = []
    var fraction = 0.0
    let seed: UInt64

    var testDescription: String { "set \(seed)" }

    /// - Parameter copies: How many of a hundred samples are copies.
    init(seed: UInt64, copies: Int) {
      self.seed = seed
      var random = RandomStream(seed: seed, purpose: .samples)
      for label in 0..<random.next(below: 8) {
        labels += [Int](repeating: label, count: random.next(below: random.next(below: 2) == 0 ? 4 : 61))
      }
      random.shuffle(&labels)
      var groupOf: [Int] = []
      for index in labels.indices {
        let isCopy = index > 0 && random.next(below: 100) < copies
        groupOf.append(isCopy ? groupOf[random.next(below: index)] : index)
      }
      groups = Dictionary(grouping: labels.indices) { groupOf[$0] }.values.filter { $0.count > 1 }
        .sorted { $0[0] < $1[0] }
      fraction = [0, 0.001, 0.1, 0.2, 0.3, 0.5, 0.8, 0.999, 1][random.next(below: 9)]
    }

    var split: StratifiedSplit {
      let copies = groups.flatMap { group in
        group.dropFirst().map { CopyGroups.Copy(first: SampleIndex(group[0]), index: SampleIndex($0)) }
      }
      return StratifiedSplit(
        count: labels.count, classCount: 7, fraction: fraction, seed: seed, copies: CopyGroups(copies)
      ) { labels[$0] }
    }

    /// What goes to one side as a whole, for the class of its first: the groups, and every other sample by itself.
    func units(of label: Int) -> [[Int]] {
      let grouped = Set(groups.flatMap(\.self))
      let alone = labels.indices.filter { !grouped.contains($0) }.map { [$0] }
      return (groups + alone).filter { labels[$0[0]] == label }
    }
  }

  static let made = (0..<400).map { Made(seed: $0, copies: [1, 10, 50, 90][Int($0 % 4)]) }

  @Test(arguments: made) func everySampleIsOnOneSideAndCopiesOnTheSame(_ made: Made) {
    let split = made.split
    #expect((split.training + split.validation).sorted().map(Int.init) == Array(made.labels.indices))
    #expect(split.training == split.training.sorted() && split.validation == split.validation.sorted())
    let held = Set(split.validation.map(Int.init))
    for group in made.groups { #expect([0, group.count].contains(group.count { held.contains($0) })) }
  }

  @Test(arguments: made) func proportionsAreKeptAsNearlyAsGroupsAllow(_ made: Made) {
    let held = Set(made.split.validation.map(Int.init))
    for label in 0..<7 {
      let units = made.units(of: label)
      let total = units.reduce(0) { $0 + $1.count }
      let taken = units.filter { held.contains($0[0]) }
      let count = taken.reduce(0) { $0 + $1.count }
      guard units.count > 1, made.fraction > 0, made.fraction < 1 else {
        #expect(count == (made.fraction == 1 ? total : 0))
        continue
      }
      #expect(!taken.isEmpty && taken.count < units.count)
      let wanted = min(max(Int((Double(total) * made.fraction).rounded()), 1), total - 1)
      // Nothing that was left would have come nearer, but the last of either side stays where it is.
      let isForced = taken.count == 1 || taken.count == units.count - 1
      let smallestLeft = units.filter { !held.contains($0[0]) }.map(\.count).min() ?? 0
      #expect(isForced || abs(wanted - count) <= abs(wanted - count - smallestLeft))
      #expect(isForced || 2 * (count - wanted) < taken.map(\.count).max() ?? 0)
    }
  }

  @Test(arguments: (0..<100).map { Made(seed: $0, copies: 0) })
  func withoutCopiesTheSplitIsThatOfEverySampleByItself(_ made: Made) {
    #expect(made.groups.isEmpty)
    var expected: [Int] = []
    for label in 0..<7 {
      var members = made.labels.indices.filter { made.labels[$0] == label }
      var random = RandomStream(seed: made.seed, purpose: .split, step: UInt32(label))
      random.shuffle(&members)
      let wanted = Int((Double(members.count) * made.fraction).rounded())
      let isWhole = made.fraction == 0 || made.fraction == 1 || members.count < 2
      let count = isWhole ? (made.fraction == 1 ? members.count : 0) : min(max(wanted, 1), members.count - 1)
      expected += members.prefix(count)
    }
    #expect(made.split.validation.map(Int.init) == expected.sorted())
  }

  @Test func aClassThatIsAllCopiesOfOneSampleIsTrainedOn() {
    let copies = CopyGroups((1..<5).map { .init(first: 0, index: $0) })
    let split = StratifiedSplit(count: 5, classCount: 1, fraction: 0.5, seed: 0, copies: copies) { _ in 0 }
    #expect(split.training == [0, 1, 2, 3, 4] && split.validation == [])
  }

  @Test func aGroupOverTwoClassesCountsForTheClassOfItsFirst() {
    // Class 1 has no sample of its own: its only one is a copy of class 0's.
    let labels = [0, 1, 0, 0, 0]
    for seed in 0..<20 as Range<UInt64> {
      let split = StratifiedSplit(
        count: 5, classCount: 2, fraction: 0.4, seed: seed, copies: CopyGroups([.init(first: 0, index: 1)])
      ) { labels[$0] }
      #expect(split.validation.count == 2)
      #expect(split.validation.contains(0) == split.validation.contains(1))
    }
  }
}
