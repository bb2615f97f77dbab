import CKernels
import Testing
import WhiskerCore

@Suite struct RandomStreamTests {
  struct KnownAnswer: Sendable {
    let counter: [UInt32]
    let key: [UInt32]
    let words: [UInt32]
  }

  // The lines "philox4x32 10" of kat_vectors, in the Random123 distribution of the paper's authors.
  static let knownAnswers = [
    KnownAnswer(
      counter: [0, 0, 0, 0], key: [0, 0],
      words: [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
    KnownAnswer(
      counter: [UInt32](repeating: .max, count: 4), key: [.max, .max],
      words: [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
    KnownAnswer(
      counter: [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], key: [0xa409_3822, 0x299f_31d0],
      words: [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
  ]

  @Test(arguments: knownAnswers)
  func philoxGivesThePublishedAnswers(_ known: KnownAnswer) {
    #expect(philox(seed: UInt64(known.key[1]) << 32 | UInt64(known.key[0]), known.counter) == known.words)
  }

  @Test func aStreamIsPhiloxOverBlockIndexStepAndPurpose() {
    let seed: UInt64 = 0x0123_4567_89ab_cdef
    var stream = RandomStream(seed: seed, purpose: .split, step: 7, index: 9)
    for block: UInt32 in 0..<3 {
      let words = philox(seed: seed, [block, 9, 7, 4 << 16])
      #expect(stream.next() == UInt64(words[1]) << 32 | UInt64(words[0]))
      #expect(stream.next() == UInt64(words[3]) << 32 | UInt64(words[2]))
    }
  }

  @Test func streamsOfAnotherSeedPurposeStepOrIndexDiffer() {
    var streams = [
      RandomStream(seed: 1, purpose: .split), RandomStream(seed: 2, purpose: .split),
      RandomStream(seed: 1 << 32, purpose: .split), RandomStream(seed: 1, purpose: .epochOrder),
      RandomStream(seed: 1, purpose: .split, step: 1), RandomStream(seed: 1, purpose: .split, index: 1),
    ]
    let first = streams.indices.map { streams[$0].next() }
    #expect(Set(first).count == streams.count)
  }

  @Test(arguments: [0, 1, 2, 3, 15, 16, 17, 33, 100]) func manyWordsAtOnceAreTheOnesThatComeOneByOne(
    _ count: Int
  ) {
    for drawnBefore in 0..<4 {
      var single = RandomStream(seed: 9, purpose: .samples, step: 3, index: 4)
      for _ in 0..<drawnBefore { _ = single.next() }
      var many = single
      var words = [UInt64](repeating: 0, count: count)
      words.withUnsafeMutableBufferPointer { many.fill($0) }
      #expect(words == (0..<count).map { _ in single.next() })
      #expect(many.next() == single.next())
    }
  }

  // 10,000 draws per bin: a deviation of 5 standard deviations (500) has a probability of one in a million.
  @Test(arguments: [2, 3, 7, 10]) func numbersBelowABoundAreDrawnEvenly(_ bound: Int) {
    var stream = RandomStream(seed: 3, purpose: .samples)
    var counts = [Int](repeating: 0, count: bound)
    for _ in 0..<bound * 10_000 { counts[stream.next(below: bound)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 10_000) < 500 }, "\(counts)")
  }

  @Test func aBoundOfOneLeavesNoChoice() {
    var stream = RandomStream(seed: 3, purpose: .samples)
    #expect((0..<100).allSatisfy { _ in stream.next(below: 1) == 0 })
  }

  @Test func unitNumbersStayBelowOneAndAverageOneHalf() {
    var stream = RandomStream(seed: 5, purpose: .samples)
    let numbers = (0..<100_000).map { _ in stream.unit() }
    #expect(numbers.allSatisfy { (0..<1).contains($0) })
    // The standard deviation of the mean is 1 / sqrt(12 x 100,000), less than 0.001.
    #expect(abs(numbers.reduce(0, +) / 100_000 - 0.5) < 0.005)
  }

  @Test(arguments: [0, 1, 2, 3, 1000]) func aShuffleIsAPermutation(_ count: Int) {
    var stream = RandomStream(seed: 11, purpose: .epochOrder)
    var values = Array(0..<count)
    stream.shuffle(&values)
    #expect(values.sorted() == Array(0..<count))
    #expect(count < 10 || values != Array(0..<count))
  }

  // 24 orders of four values, 1,000 of each expected, with a standard deviation of 31.
  @Test func everyOrderOfAShuffleIsAsLikelyAsAnyOther() {
    var stream = RandomStream(seed: 12, purpose: .epochOrder)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<24_000 {
      var values = [0, 1, 2, 3]
      stream.shuffle(&values)
      counts[values, default: 0] += 1
    }
    #expect(counts.count == 24)
    #expect(counts.values.allSatisfy { abs($0 - 1000) < 160 })
  }

  private func philox(seed: UInt64, _ counter: [UInt32]) -> [UInt32] {
    var words = [UInt32](repeating: 0, count: 4)
    whisker_philox(seed, counter, &words)
    return words
  }
}
