import Testing
import WhiskerData

@Suite struct StratifiedSplitTests {
  // 100, 33, 7, 2 and 1 samples, mixed.
  static let counts = [100, 33, 7, 2, 1]
  static let labels = counts.enumerated().flatMap { [Int](repeating: $0.offset, count: $0.element) }
    .enumerated().sorted { ($0.offset * 59 % 143, $0.offset) < ($1.offset * 59 % 143, $1.offset) }.map(
      \.element)

  private func split(_ fraction: Double, seed: UInt64 = 0) -> StratifiedSplit {
    split(Self.labels, classCount: Self.counts.count, fraction, seed: seed)
  }

  private func split(
    _ labels: [Int], classCount: Int, _ fraction: Double, seed: UInt64 = 0
  ) -> StratifiedSplit {
    StratifiedSplit(count: labels.count, classCount: classCount, fraction: fraction, seed: seed) {
      labels[$0]
    }
  }

  private func counts(_ indices: [SampleIndex]) -> [Int] {
    Self.counts.indices.map { label in indices.count { Self.labels[Int($0)] == label } }
  }

  @Test(arguments: [
    (0.2, [20, 7, 1, 1, 0]), (0.5, [50, 17, 4, 1, 0]), (0.01, [1, 1, 1, 1, 0]), (0.99, [99, 32, 6, 1, 0]),
  ])
  func everyClassIsDividedInProportionAndKeepsASampleOnEitherSide(
    _ fraction: Double, expected: [Int]
  ) {
    #expect(counts(split(fraction).validation) == expected)
  }

  @Test(arguments: [0, 0.01, 0.2, 0.5, 0.99, 1], [0, 1, UInt64.max] as [UInt64])
  func noSampleIsOnBothSidesAndNoneIsLost(_ fraction: Double, seed: UInt64) {
    let split = self.split(fraction, seed: seed)
    #expect((split.training + split.validation).sorted() == Self.labels.indices.map(SampleIndex.init))
    #expect(split.training == split.training.sorted() && split.validation == split.validation.sorted())
  }

  @Test func nothingOrEverythingCanBeHeldOut() {
    #expect(split(0).validation == [])
    #expect(split(1).training == [])
  }

  @Test func theSeedDecidesAndNothingElse() {
    #expect(split(0.2).validation == split(0.2).validation)
    #expect(split(0.2).validation != split(0.2, seed: 1).validation)
  }

  // A change of these numbers changes every split that was ever written down with its seed.
  @Test func theSplitOfASeedStaysWhatItIs() {
    let split = self.split((0..<20).map { $0 % 2 }, classCount: 2, 0.3, seed: 42)
    #expect(split.validation == [1, 8, 9, 15, 16, 18])
    let larger = self.split((0..<70_000).map { $0 * $0 % 11 }, classCount: 12, 0.2, seed: 1 << 40)
    #expect(larger.validation.count == 13_999)
    #expect(digest(larger.validation) == 17_694_762_542_651_837_547)
    #expect(digest(larger.training) == 5_762_979_354_484_687_391)
  }

  @Test func classesWithoutSamplesAreNoTrouble() {
    let split = self.split([2, 2, 2, 2], classCount: 4, 0.5)
    #expect(split.training.count == 2 && split.validation.count == 2)
    let empty = self.split([], classCount: 0, 0.5)
    #expect(empty.training == [] && empty.validation == [])
  }
}
