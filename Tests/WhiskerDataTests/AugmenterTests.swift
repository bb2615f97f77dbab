import Foundation
import Testing
import WhiskerData
import WhiskerCore

@Suite struct AugmenterTests {
  private func augmentation(_ strengths: [Augmentation.Kind: Double]) -> Augmentation {
    var augmentation = Augmentation()
    for (kind, strength) in strengths { augmentation[kind] = strength }
    return augmentation
  }

  /// A sample after variation.
  private func varied(
    _ pixels: [UInt8], _ strengths: [Augmentation.Kind: Double], _ index: SampleIndex = 0, epoch: Int = 1,
    seed: UInt64 = 1, color: Preprocessing.ColorMode = .grayscale, width: Int = 28
  ) -> [UInt8] {
    let preprocessing = Preprocessing(
      height: pixels.count / width / color.channels, width: width, colorMode: color)
    let augmenter = Augmenter(augmentation(strengths), preprocessing, seed: seed, epoch: epoch)
    var pixels = pixels
    pixels.withUnsafeMutableBufferPointer { augmenter.apply(to: $0, index: index) }
    return pixels
  }

  private func flat(_ value: UInt8, count: Int = 28 * 28) -> [UInt8] {
    [UInt8](repeating: value, count: count)
  }

  /// A sample that looks different after any change of place.
  private let gradient: [UInt8] = (0..<28 * 28).map { place in
    let (row, column) = place.quotientAndRemainder(dividingBy: 28)
    return UInt8(column * 5 + row * 3)
  }

  static let usual = Dictionary(
    uniqueKeysWithValues: Augmentation.Kind.allCases.map { ($0, $0.defaultStrength) })

  /// A flat sample of 28x28 after variation, for each of the first indices.
  private func flats(_ value: UInt8, _ strengths: [Augmentation.Kind: Double], count: SampleIndex) -> [UInt8]
  {
    var pixels: [UInt8] = []
    for index in 0..<count { pixels += varied(flat(value), strengths, index) }
    return pixels
  }

  @Test func strengthZeroChangesNothing() {
    #expect(Augmentation().isIdentity)
    for index in 0..<20 as Range<SampleIndex> { #expect(varied(gradient, [:], index) == gradient) }
  }

  @Test(arguments: Augmentation.Kind.allCases) func everyKindChangesSomethingAtItsUsualStrength(
    _ kind: Augmentation.Kind
  ) {
    // Green, so that there are colours.
    let plain = kind.requiresColor ? gradient.flatMap { [0, $0, 0] } : gradient
    let color = kind.requiresColor ? Preprocessing.ColorMode.rgb : .grayscale
    let changed = (0..<20).count { varied(plain, [kind: kind.defaultStrength], $0, color: color) != plain }
    #expect(changed >= (kind == .flip || kind == .erase ? 3 : 18))
  }

  @Test func aSampleIsVariedAlikeOnlyForTheSameSeedEpochAndIndex() {
    let reference = varied(gradient, Self.usual, 5, epoch: 2, seed: 3)
    #expect(varied(gradient, Self.usual, 5, epoch: 2, seed: 3) == reference)
    #expect(varied(gradient, Self.usual, 6, epoch: 2, seed: 3) != reference)
    #expect(varied(gradient, Self.usual, 5, epoch: 3, seed: 3) != reference)
    #expect(varied(gradient, Self.usual, 5, epoch: 2, seed: 4) != reference)
    // Neither are the index and the epoch added up somewhere, nor is one of them cut off.
    let others: [(index: SampleIndex, epoch: Int)] = [
      (2, 5), (6, 1), (4, 3), (0x1_0005, 2), (0x8000_0005, 2), (5, 0x1_0002),
    ]
    for (index, epoch) in others {
      #expect(varied(gradient, Self.usual, index, epoch: epoch, seed: 3) != reference)
    }
  }

  @Test func oneKindDoesNotChangeTheNumbersOfAnother() {
    for index in 0..<50 as Range<SampleIndex> {
      let flipped = varied(gradient, [.flip: 0.5], index) != gradient
      // Of a flat picture only the light is left, and of the light only the last value's.
      let light = varied(flat(100), [.brightness: 0.5], index)
      #expect(varied(flat(100), [.brightness: 0.5, .flip: 0.5, .shift: 0.3, .rotate: 40], index) == light)
      let both = varied(gradient, [.flip: 0.5, .noise: 0.0001], index)
      #expect((both != gradient) == flipped)
    }
  }

  // 2,000 draws: five standard deviations are 112 at one half, 67 at a tenth.
  @Test(arguments: [(0.5, 1000, 112), (0.1, 200, 67), (1, 2000, 0), (0, 0, 0)])
  func asManySamplesAreMirroredAsWanted(_ probability: Double, wanted: Int, within: Int) {
    let mirrored = stride(from: 0, to: 28 * 28, by: 28).flatMap { gradient[$0..<$0 + 28].reversed() }
    let results = (0..<2000).map { varied(gradient, [.flip: probability], $0) }
    #expect(results.allSatisfy { $0 == gradient || $0 == mirrored })
    #expect(abs(results.count { $0 == mirrored } - wanted) <= within)
  }

  @Test func shiftsReachEvenlyAsFarAsTheStrengthAndNoFarther() {
    // Away from the edges, the brightness of a ramp shows how far it was moved.
    let ramp = (0..<28 * 28).map { UInt8($0 % 28 * 9) }
    let shifts = (0..<2000 as Range<SampleIndex>).map { index in
      let pixels = varied(ramp, [.shift: 0.25], index)
      return Double(Int(ramp[14 * 28 + 14]) - Int(pixels[14 * 28 + 14])) / 9
    }
    #expect(shifts.allSatisfy { abs($0) <= 7.06 })
    #expect(shifts.min() ?? 0 < -6.9 && shifts.max() ?? 0 > 6.9)
    // Even from -7 to 7: a mean of 0 and a deviation of 14 / sqrt(12), give or take five of their own deviations.
    #expect(abs(mean(shifts)) < 0.46)
    #expect(abs(deviation(shifts) - 4.04) < 0.25)
  }

  @Test func rotationsReachAsFarAsTheStrength() {
    // The right half is white: the middle of the top row turns white or black with the edge.
    let halves = (0..<101 * 101).map { UInt8($0 % 101 > 50 ? 255 : 0) }
    let angles = (0..<500 as Range<SampleIndex>).map { index in
      let pixels = varied(halves, [.rotate: 30], index, width: 101)
      // The edge crosses row 10, forty above the middle, at a tangent's distance.
      let edge = Double(pixels[10 * 101..<11 * 101].reduce(0) { $0 + (255 - Int($1)) }) / 255
      return atan((edge - 51) / 40) * 180 / .pi
    }
    #expect(angles.allSatisfy { abs($0) < 30.8 })
    #expect(angles.min() ?? 0 < -28 && angles.max() ?? 0 > 28)
    #expect(abs(mean(angles)) < 4)
    #expect(abs(deviation(angles) - 17.3) < 2)
  }

  @Test func brightnessIsScaledByOneFactorASampleAndClamped() {
    var factors: [Double] = []
    for index in 0..<1000 as Range<SampleIndex> {
      let pixels = varied([0, 100, 200, 250], [.brightness: 0.4], index, width: 2)
      factors.append(Double(pixels[1]) / 100)
      #expect(pixels[0] == 0)
      #expect(abs(Double(pixels[2]) - min(255, 2 * Double(pixels[1]))) <= 1.5)
      #expect(abs(Double(pixels[3]) - min(255, 2.5 * Double(pixels[1]))) <= 2)
    }
    #expect(factors.min() ?? 0 >= 0.6 && factors.max() ?? 2 <= 1.4)
    #expect(factors.min() ?? 0 < 0.61 && factors.max() ?? 2 > 1.39)
    #expect(abs(mean(factors) - 1) < 0.037)
  }

  @Test func noiseIsNormalWithTheWantedDeviation() {
    let values = flats(128, [.noise: 0.05], count: 200).map { Double($0) - 128 }
    // 156,800 values with a deviation of 12.75: that of their mean is 0.032, and of their deviation 0.023.
    #expect(abs(mean(values)) < 0.16)
    #expect(abs(deviation(values) - 12.75) < 0.16)
    let kurtosis = mean(values.map { pow($0 / 12.75, 4) })
    #expect(abs(kurtosis - 3) < 0.1)
    // The shares beyond one, two and three deviations.
    for (limit, share) in [(1.0, 0.3173), (2, 0.0455), (3, 0.0027)] {
      // Values are whole: half a step belongs to either side.
      let beyond = Double(values.count { abs($0) > limit * 12.75 }) / Double(values.count)
      #expect(abs(beyond - share) < 0.02, "\(limit)")
    }
    // Neighbours, and the same places of other samples, have nothing in common.
    #expect(abs(mean(zip(values, values.dropFirst()).map { $0 * $1 })) < 2.1)
    #expect(abs(mean(zip(values, values.dropFirst(784)).map { $0 * $1 })) < 2.1)
  }

  @Test func noiseIsClampedToTheRangeOfValues() {
    for value in [UInt8(0), 255] {
      let pixels = varied(flat(value), [.noise: 1])
      #expect(Set(pixels).isSuperset(of: [0, 255]) && pixels.contains { $0 > 20 && $0 < 230 })
    }
  }

  @Test(arguments: [0.05, 0.1, 0.5, 0.9]) func asManyPixelsAreDroppedAsWantedAndTheRestIsScaled(
    _ rate: Double
  ) {
    // 140 becomes 127.5 + 12.5 / (1 - rate), which is never a dropped pixel's value.
    let pixels = flats(140, [.dropout: rate], count: 100)
    let kept = UInt8(min(255, 127.5 + 12.5 / (1 - rate)).rounded())
    #expect(Set(pixels) == [127, 128, kept])
    let dropped = pixels.count { $0 != kept }
    let count = Double(pixels.count)
    #expect(abs(Double(dropped) - rate * count) < 5 * sqrt(count * rate * (1 - rate)))
    #expect(abs(Double(pixels.count { $0 == 127 }) - Double(dropped) / 2) < 5 * sqrt(Double(dropped) / 4))
    // What the network sees on average is what it saw before, unless the range of values ends.
    if rate < 0.9 { #expect(abs(mean(pixels.map(Double.init)) - 140) < 0.6) }
  }

  @Test func whereTheRangeOfValuesEndsSoDoesTheScaling() {
    let pixels = varied((0..<4).flatMap { _ in [0, 20, 235, 255] as [UInt8] }, [.dropout: 0.5], width: 4)
    #expect(Set(pixels).isSubset(of: [0, 127, 128, 255]))
  }

  @Test func aPixelIsDroppedInAllItsColours() {
    let pixels = varied((0..<784).flatMap { _ in [10, 140, 200] as [UInt8] }, [.dropout: 0.3], color: .rgb)
    var dropped = 0
    for start in stride(from: 0, to: pixels.count, by: 3) {
      let pixel = Array(pixels[start..<start + 3])
      guard pixel != [0, 145, 231] else { continue }
      #expect(pixel == [127, 127, 127] || pixel == [128, 128, 128])
      dropped += 1
    }
    #expect((170...300).contains(dropped))
  }

  @Test(arguments: [0, 1, 3], [1, 7, 64, 300])
  func samplesOfAStreamDoNotDependOnWorkersBatchesOrderOrFailures(_ workers: Int, size: Int) throws {
    let dataset = FakeDataset(count: 300, broken: size == 7 ? [1, 50, 299] : [])
    let augmenter = Augmenter(augmentation(Self.usual), dataset.preprocessing, seed: 5, epoch: 2)
    let order = EpochOrder(of: Array(0..<300), seed: UInt64(size), epoch: 1).indices
    let stream = BatchStream(
      dataset, order: order, batchSize: size, readAhead: .init(workers: workers), augmenter: augmenter)
    while let batch = try stream.next() {
      for (place, index) in batch.indices.enumerated() {
        var expected = FakeDataset.pixels(of: Int(index))
        expected.withUnsafeMutableBufferPointer { augmenter.apply(to: $0, index: index) }
        #expect(Array(batch.images[place * 4..<place * 4 + 4]) == expected)
      }
    }
  }

  @Test func aCacheHoldsWhatWasRead() throws {
    let cache = SampleCache(FakeDataset(count: 50), budget: 1 << 20)
    let augmenter = Augmenter(augmentation(Self.usual), cache.preprocessing, seed: 5, epoch: 2)
    let stream = BatchStream(
      cache, order: Array(0..<50), batchSize: 8, readAhead: .init(workers: 2), augmenter: augmenter)
    while try stream.next() != nil {}
    for index in 0..<50 { #expect(try cache.sample(at: index) == FakeDataset.pixels(of: index)) }
  }

  @Test func strengthsAreWrittenAndRead() throws {
    let all = augmentation(Self.usual)
    #expect(try JSONDecoder().decode(Augmentation.self, from: JSONEncoder().encode(all)) == all)
    #expect(
      try JSONDecoder().decode(Augmentation.self, from: Data(#"{"flip": 1}"#.utf8))
        == augmentation([.flip: 1]))
    for text in [
      #"{"flip": 2}"#, #"{"shift": -0.1}"#, #"{"dropout": 1}"#, #"{"rotate": 200}"#, #"{"noise": "x"}"#,
    ] {
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(Augmentation.self, from: Data(text.utf8))
      }
    }
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  private func deviation(_ values: [Double]) -> Double {
    let mean = mean(values)
    return sqrt(self.mean(values.map { ($0 - mean) * ($0 - mean) }))
  }
}
