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
    for (width, height) in [(33, 47), (64, 40)] {
      let rgb = smoothRGB(width: width, height: height)
      let bytes = try encodeJPEG(
        width: width, height: height, pixels: stored(rgb, layout.storage), options: options(layout))
      let color = try decode(bytes, width: width, height: height, .rgb)
      #expect(meanDifference(color, expected(rgb, layout)) < 3, "RGB \(width)x\(height)")
      let gray = try decode(bytes, width: width, height: height)
      #expect(meanDifference(gray, grays(expected(rgb, layout))) < 3, "gray \(width)x\(height)")
    }
  }

  private func grays(_ rgb: [UInt8]) -> [UInt8] {
    stride(from: 0, to: rgb.count, by: 3).map { start -> UInt8 in
      UInt8(luma(Double(rgb[start]), Double(rgb[start + 1]), Double(rgb[start + 2])).rounded())
    }
  }

  // Light is (255 - C)(255 - K) / 255, as in every program that has no colour profile at hand.
  @Test(arguments: [JPEGOptions.Storage.cmyk, .ycck])
  func blackInkDarkensWithAdobesInversionAndWithout(_ storage: JPEGOptions.Storage) throws {
    let inks: [[UInt8]] = [
      [0, 0, 0, 0], [0, 0, 0, 255], [255, 0, 0, 0], [0, 255, 0, 128], [60, 120, 180, 90],
    ]
    for ink in inks {
      let light = (0..<3).map { UInt8((255 - Int(ink[$0])) * (255 - Int(ink[3])) / 255) }
      let inverted = try flat(ink.map { 255 - $0 }, storage)
      let color = try Array(decode(inverted, width: 8, height: 8, .rgb).prefix(3))
      #expect(largestDifference(color, light) <= 3, "\(ink): \(color), not \(light)")
      guard storage == .cmyk else { continue }
      let plain = try Array(decode(withoutAdobe(flat(ink, storage)), width: 8, height: 8, .rgb).prefix(3))
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
