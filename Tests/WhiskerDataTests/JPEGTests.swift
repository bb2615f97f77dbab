import SampleImages
import Testing
import WhiskerData

@Suite struct JPEGTests {
  struct Layout: Sendable, CustomTestStringConvertible {
    let storage: JPEGOptions.Storage
    let subsampling: JPEGOptions.Subsampling
    let progressive: Bool
    var restartInterval = 0
    var testDescription: String {
      "\(storage) \(subsampling)\(progressive ? " progressive" : "") restart \(restartInterval)"
    }
  }

  static let layouts: [Layout] = [false, true].flatMap { progressive -> [Layout] in
    let storages: [JPEGOptions.Storage] = [.gray, .ycc, .rgb, .cmyk, .ycck]
    return storages.map { Layout(storage: $0, subsampling: .full444, progressive: progressive) } + [
      Layout(storage: .ycc, subsampling: .half422, progressive: progressive),
      Layout(storage: .ycc, subsampling: .half440, progressive: progressive),
      Layout(storage: .ycc, subsampling: .quarter411, progressive: progressive),
      Layout(storage: .ycck, subsampling: .quarter411, progressive: progressive),
      Layout(storage: .ycc, subsampling: .quarter420, progressive: progressive),
      Layout(storage: .ycck, subsampling: .quarter420, progressive: progressive),
      Layout(storage: .ycc, subsampling: .quarter420, progressive: progressive, restartInterval: 1),
      Layout(storage: .gray, subsampling: .full444, progressive: progressive, restartInterval: 3),
    ]
  }

  private func options(_ layout: Layout, quality: Int = 100) -> JPEGOptions {
    JPEGOptions(
      storage: layout.storage, quality: quality, progressive: layout.progressive,
      subsampling: layout.subsampling, restartInterval: layout.restartInterval)
  }

  /// What Photoshop stores for a picture without black ink: 255 - ink, and ink is 255 - light.
  private func stored(_ rgb: [UInt8], _ storage: JPEGOptions.Storage) -> [UInt8] {
    stride(from: 0, to: rgb.count, by: 3).flatMap { start -> [UInt8] in
      let pixel = rgb[start..<start + 3]
      switch storage {
      case .gray: return [rgb[start]]
      case .ycc, .rgb: return Array(pixel)
      case .cmyk, .ycck: return pixel + [255]
      }
    }
  }

  private func expected(_ rgb: [UInt8], _ layout: Layout) -> [UInt8] {
    layout.storage == .gray ? stored(rgb, .gray).flatMap { [$0, $0, $0] } : rgb
  }

  @Test(arguments: layouts) func everyLayoutHasTheColoursThatWereStored(_ layout: Layout) throws {
    // A sample of chroma that covers four pixels in a row is a little off in most of them.
    let limit = layout.subsampling == .quarter411 ? 4.0 : 3.0
    for (width, height) in [(33, 47), (64, 40), (1, 1), (70, 9)] {
      let rgb = smoothRGB(width: width, height: height)
      let bytes = try encodeJPEG(
        width: width, height: height, pixels: stored(rgb, layout.storage), options: options(layout))
      let color = try decode(bytes, width: width, height: height, .rgb)
      #expect(meanDifference(color, expected(rgb, layout)) < limit, "RGB \(width)x\(height)")
      let gray = try decode(bytes, width: width, height: height)
      #expect(meanDifference(gray, grays(expected(rgb, layout))) < 3, "gray \(width)x\(height)")
    }
  }

  // From 8/8 down to 1/8 of the size, where chroma that is stored coarsely needs another scale than luma.
  @Test(arguments: layouts) func everyLayoutHasTheSameColoursAtEveryScale(_ layout: Layout) throws {
    let (width, height) = (331, 275)
    let rgb = smoothRGB(width: width, height: height)
    let bytes = try encodeJPEG(
      width: width, height: height, pixels: stored(rgb, layout.storage), options: options(layout, quality: 95)
    )
    let full = try FullPicture(bytes)
    for side in [170, 140, 120, 100, 70, 50, 40, 20] {
      for colorMode in Preprocessing.ColorMode.allCases {
        let sample = try decode(bytes, width: side, height: side - 3, colorMode)
        let difference = meanDifference(sample, full.scaled(to: side, side - 3, colorMode))
        #expect(difference < 1.5, "\(colorMode) at \(side)")
      }
    }
  }

  private func grays(_ rgb: [UInt8]) -> [UInt8] {
    stride(from: 0, to: rgb.count, by: 3).map { start -> UInt8 in
      UInt8(luma(Double(rgb[start]), Double(rgb[start + 1]), Double(rgb[start + 2])).rounded())
    }
  }

  // Light is (255 - C)(255 - K) / 255, as in every program that has no colour profile at hand. Pillow 13, OpenCV 4 and
  // browsers take ink values for inverted without Adobe's marker as well.
  @Test(arguments: [JPEGOptions.Storage.cmyk, .ycck])
  func blackInkDarkensWithAdobesMarkerAndWithout(_ storage: JPEGOptions.Storage) throws {
    let inks: [[UInt8]] = [
      [0, 0, 0, 0], [0, 0, 0, 255], [255, 0, 0, 0], [0, 255, 0, 128], [60, 120, 180, 90],
    ]
    for ink in inks {
      let light = (0..<3).map { UInt8((255 - Int(ink[$0])) * (255 - Int(ink[3])) / 255) }
      let inverted = try flat(ink.map { 255 - $0 }, storage)
      let color = try Array(decode(inverted, width: 8, height: 8, .rgb).prefix(3))
      #expect(largestDifference(color, light) <= 3, "\(ink): \(color), not \(light)")
      guard storage == .cmyk else { continue }
      let plain = try Array(decode(withoutAdobe(inverted), width: 8, height: 8, .rgb).prefix(3))
      #expect(largestDifference(plain, light) <= 3, "\(ink) without Adobe's marker: \(plain), not \(light)")
    }
  }

  private func flat(_ pixel: [UInt8], _ storage: JPEGOptions.Storage) throws -> [UInt8] {
    try encodeJPEG(
      width: 8, height: 8, pixels: (0..<64).flatMap { _ in pixel },
      options: JPEGOptions(storage: storage, quality: 100, subsampling: .full444))
  }

  /// The same file with its APP14 marker turned into a comment.
  private func withoutAdobe(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for i in bytes.indices.dropLast() where bytes[i] == 0xFF && bytes[i + 1] == 0xEE { bytes[i + 1] = 0xFE }
    return bytes
  }

  /// The same file with a segment put behind its first marker.
  private func with(_ marker: UInt8, _ data: [UInt8], in bytes: [UInt8]) -> [UInt8] {
    let length = [UInt8((data.count + 2) >> 8), UInt8((data.count + 2) & 0xFF)]
    return Array(bytes.prefix(2)) + [0xFF, marker] + length + data + Array(bytes.dropFirst(2))
  }

  /// The same file with its three components called otherwise, in the frame's header and in that of the scan.
  private func renamed(_ bytes: [UInt8], to ids: [UInt8]) throws -> [UInt8] {
    var bytes = bytes
    let frame = try #require(bytes.firstRange(of: [0xFF, 0xC0])?.lowerBound)
    let scan = try #require(bytes.firstRange(of: [0xFF, 0xDA])?.lowerBound)
    for (i, id) in ids.enumerated() {
      bytes[frame + 10 + 3 * i] = id
      bytes[scan + 5 + 2 * i] = id
    }
    return bytes
  }

  @Test func aPictureStoredAsRGBIsRecognisedByAdobesMarkerOrByTheNamesOfItsComponents() throws {
    let bytes = try flat([200, 40, 90], .rgb)
    #expect(bytes.firstRange(of: Array("Adobe".utf8)) != nil)
    let names = Array("RGB".utf8)
    for rgb in [bytes, withoutAdobe(bytes), try renamed(bytes, to: [1, 2, 3])] {
      #expect(
        try largestDifference(Array(decode(rgb, width: 8, height: 8, .rgb).prefix(3)), [200, 40, 90]) <= 2)
    }
    // Without the one and the other it is YCC: 200 + 1.402 x (90 - 128), and so on.
    let ycc = try withoutAdobe(renamed(bytes, to: [1, 2, 3]))
    #expect(
      try largestDifference(Array(decode(ycc, width: 8, height: 8, .rgb).prefix(3)), [147, 255, 44]) <= 2)
    #expect(try renamed(bytes, to: names) == bytes)
  }

  @Test(arguments: Preprocessing.ColorMode.allCases)
  func aColourProfileInAJPEGIsIgnored(_ colorMode: Preprocessing.ColorMode) throws {
    let rgb = smoothRGB(width: 60, height: 44)
    let plain = try encodeJPEG(width: 60, height: 44, pixels: rgb, options: JPEGOptions(storage: .ycc))
    let profile = Array("ICC_PROFILE".utf8) + [0, 1, 1] + noise(3000).map { UInt8($0) }
    let profiled = with(0xE2, profile, in: plain)
    #expect(
      try decode(profiled, width: 28, height: 28, colorMode)
        == decode(plain, width: 28, height: 28, colorMode))
  }

  @Test(arguments: [false, true]) func grayIsTheLumaOfAPictureThatWasStoredAsRGB(_ progressive: Bool)
    throws
  {
    let bytes = try encodeJPEG(
      width: 8, height: 8, pixels: (0..<64).flatMap { _ in [200, 40, 90] as [UInt8] },
      options: JPEGOptions(storage: .rgb, quality: 100, progressive: progressive))
    let gray = try decode(bytes, width: 8, height: 8)
    #expect(gray.allSatisfy { abs(Double($0) - luma(200, 40, 90)) < 2 })
  }
}
