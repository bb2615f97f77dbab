import Foundation
import Testing
import WhiskerCore
import WhiskerData

/// Contrast, saturation, erasing and alternating mirrors.
@Suite struct ColorAugmentationTests {
  private func varied(
    _ pixels: [UInt8], _ shape: Preprocessing, _ index: SampleIndex = 0, epoch: Int = 1,
    _ set: (inout Augmentation) -> Void
  ) -> [UInt8] {
    var augmentation = Augmentation()
    set(&augmentation)
    var pixels = pixels
    pixels.withUnsafeMutableBufferPointer {
      Augmenter(augmentation, shape, seed: 1, epoch: epoch).apply(to: $0, index: index)
    }
    return pixels
  }

  private func noise(_ shape: Preprocessing) -> [UInt8] {
    var stream = RandomStream(seed: 9, purpose: .samples)
    return (0..<shape.sampleSize).map { _ in UInt8(stream.next(below: 256)) }
  }

  private func gray(_ pixel: ArraySlice<UInt8>) -> Double {
    let values = pixel.map(Double.init)
    return values.count == 1 ? values[0] : 0.299 * values[0] + 0.587 * values[1] + 0.114 * values[2]
  }

  /// The largest difference from values that `wanted` computes with the factor that fits best.
  private func fit(
    _ pixels: [UInt8], _ factors: ClosedRange<Double>, _ wanted: (Int, Double) -> Double
  ) -> (factor: Double, worst: Double) {
    let candidates = stride(from: factors.lowerBound, through: factors.upperBound, by: 0.002)
    let fits = candidates.map { factor in
      let worst = pixels.indices.reduce(0.0) {
        max($0, abs(min(max(wanted($1, factor), 0), 255) - Double(pixels[$1])))
      }
      return (factor, worst)
    }
    return fits.min { $0.1 < $1.1 } ?? (0, .infinity)
  }

  @Test(
    "Contrast multiplies distances from the mean gray by one factor a sample",
    arguments: Preprocessing.ColorMode.allCases)
  func contrastMultipliesDistancesFromTheMean(_ mode: Preprocessing.ColorMode) {
    let shape = Preprocessing(height: 6, width: 8, colorMode: mode)
    let plain = noise(shape)
    let grays = stride(from: 0, to: plain.count, by: mode.channels).map {
      gray(plain[$0..<$0 + mode.channels])
    }
    let mean = grays.reduce(0, +) / Double(grays.count)
    var factors: [Double] = []
    for index in 0..<40 as Range<SampleIndex> {
      let pixels = varied(plain, shape, index) { $0.contrast = 0.4 }
      let fit = fit(pixels, 0.6...1.4) { mean + (Double(plain[$0]) - mean) * $1 }
      #expect(fit.worst < 0.8)
      factors.append(fit.factor)
    }
    #expect(factors.min() ?? 1 < 0.7 && factors.max() ?? 1 > 1.3)
  }

  @Test("Saturation multiplies distances from a pixel's gray, and changes no gray sample")
  func saturationMultipliesDistancesFromGray() {
    let shape = Preprocessing(height: 6, width: 8, colorMode: .rgb)
    let plain = noise(shape)
    var factors: [Double] = []
    for index in 0..<40 as Range<SampleIndex> {
      let pixels = varied(plain, shape, index) { $0.saturation = 0.5 }
      let fit = fit(pixels, 0.5...1.5) { place, factor in
        let start = place / 3 * 3
        let gray = gray(plain[start..<start + 3])
        return gray + (Double(plain[place]) - gray) * factor
      }
      #expect(fit.worst < 1.2)
      factors.append(fit.factor)
    }
    #expect(factors.min() ?? 1 < 0.65 && factors.max() ?? 1 > 1.35)
    let grayShape = Preprocessing(height: 6, width: 8)
    let grayPixels = noise(grayShape)
    #expect(varied(grayPixels, grayShape) { $0.saturation = 0.5 } == grayPixels)
  }

  @Test("A rectangle of the wanted size is erased, as often as wanted, and anywhere")
  func erasingFillsARectangle() {
    let shape = Preprocessing(height: 16, width: 32, colorMode: .rgb)
    let plain = [UInt8](repeating: 10, count: shape.sampleSize)
    var (corners, erased): (Set<[Int]>, Int) = ([], 0)
    for index in 0..<1000 as Range<SampleIndex> {
      let pixels = varied(plain, shape, index) { $0[strength: .erase] = Augmentation.Strength(0.0625, 0.3) }
      let places = pixels.indices.filter { pixels[$0] != 10 }
      guard let first = places.first else { continue }
      erased += 1
      let (top, left) = (first / 96, first % 96)
      let rectangle = (0..<4).flatMap { row in (0..<24).map { (top + row) * 96 + left + $0 } }
      #expect(places == rectangle)
      #expect(places.allSatisfy { pixels[$0] == 128 })
      corners.insert([top, left / 3])
    }
    // Five standard deviations.
    #expect(abs(erased - 300) < 73)
    #expect(corners.map { $0[0] }.min() == 0 && corners.map { $0[0] }.max() == 12)
    #expect(corners.map { $0[1] }.min() == 0 && corners.map { $0[1] }.max() == 24)
  }

  @Test("Alternating mirrors show each sample both ways in two epochs")
  func alternatingMirrorsAlternate() {
    let shape = Preprocessing(height: 1, width: 2)
    func isMirrored(_ index: SampleIndex, _ epoch: Int) -> Bool {
      varied([0, 255], shape, index, epoch: epoch) {
        $0[strength: .flip] = Augmentation.Strength(word: "alternating")
      }
        == [255, 0]
    }
    for index in 0..<100 as Range<SampleIndex> {
      let first = isMirrored(index, 1)
      for epoch in 2...5 { #expect(isMirrored(index, epoch) == (epoch % 2 == 1 ? first : !first)) }
    }
    let count = (0..<1000 as Range<SampleIndex>).count { isMirrored($0, 1) }
    #expect(abs(count - 500) < 80)
  }

  @Test("New kinds change no random numbers of other kinds")
  func newKindsDrawTheirOwnNumbers() {
    let shape = Preprocessing(height: 2, width: 2, colorMode: .rgb)
    let plain = [UInt8](repeating: 100, count: shape.sampleSize)
    for index in 0..<50 as Range<SampleIndex> {
      // None of these changes a flat gray sample.
      let light = varied(plain, shape, index) { $0.brightness = 0.5 }
      let both = varied(plain, shape, index) {
        $0.brightness = 0.5
        ($0.randomResizedCrop, $0.contrast, $0.saturation) = (0.3...1, 0.5, 0.5)
        $0[strength: .flip] = Augmentation.Strength(word: "alternating")
      }
      #expect(both == light)
    }
  }

  @Test("Strengths are read and written as in options")
  func strengthsAreReadAndWritten() throws {
    var augmentation = Augmentation()
    for (kind, text) in [
      (Augmentation.Kind.randomResizedCrop, "0.35..0.9"), (.erase, "0.25,0.75"), (.flip, "Alternating"),
      (.contrast, "0.3"),
    ] {
      augmentation[strength: kind] = try #require(kind.strength(text))
    }
    let json = try JSONEncoder().encode(augmentation)
    #expect(try JSONDecoder().decode(Augmentation.self, from: json) == augmentation)
    #expect(
      augmentation.description
        == "random-resized-crop to 35 % - 90 % of the area, flip alternating, contrast up to 30 %, "
        + "erase 25 % of the area in 75 % of the samples")
    for (kind, text) in [
      (Augmentation.Kind.randomResizedCrop, "0..1"), (.randomResizedCrop, "0.5..0.4"),
      (.randomResizedCrop, "0.5..2"),
      (.randomResizedCrop, "0.5.."), (.erase, "0.1,2"), (.erase, "x"), (.flip, "both"), (.flip, "0.1,0.2"),
      (.contrast, "nan"),
    ] {
      #expect(kind.strength(text) == nil, "\(kind)=\(text)")
    }
  }
}
