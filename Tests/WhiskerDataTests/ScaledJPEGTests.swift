import Foundation
import SampleImages
import TestSupport
import Testing
import WhiskerData

/// A JPEG is decoded at a reduced DCT scale; that must not be seen.
@Suite struct ScaledJPEGTests {
  /// The picture at its full size, averaged in double precision.
  private func reference(
    _ bytes: [UInt8], _ width: Int, _ height: Int, to side: Int, _ colorMode: Preprocessing.ColorMode
  ) throws -> [UInt8] {
    let full = try decode(bytes, width: width, height: height, colorMode)
    return AreaReference(
      pixels: full.map { Double($0) }, width: width, height: height, channels: colorMode.channels
    ).scaled(to: side, side)
  }

  // From 7/8 down to 1/8, sides that no block or scale divides among them.
  @Test(
    arguments: [(32, 32), (57, 60), (63, 64), (75, 101), (113, 90), (170, 149), (225, 225), (333, 250)],
    Preprocessing.ColorMode.allCases)
  func aSmoothPictureLooksTheSameAtEveryScale(
    _ size: (width: Int, height: Int), _ colorMode: Preprocessing.ColorMode
  ) throws {
    for subsampling in [JPEGOptions.Subsampling.full444, .quarter420] {
      let bytes = try encodeJPEG(
        width: size.width, height: size.height, pixels: smoothRGB(width: size.width, height: size.height),
        options: JPEGOptions(storage: .ycc, quality: 95, subsampling: subsampling))
      let scaled = try decode(bytes, width: 14, height: 14, colorMode)
      let exact = try reference(bytes, size.width, size.height, to: 14, colorMode)
      #expect(meanDifference(scaled, exact) < 1.5, "\(subsampling)")
    }
  }

  @Test func aPartThatIsCutOutIsTheSamePartAtEveryScale() throws {
    let (width, height) = (301, 127)
    let bytes = try encodeJPEG(
      width: width, height: height, pixels: smoothRGB(width: width, height: height),
      options: JPEGOptions(storage: .ycc, quality: 95))
    let full = try decode(bytes, width: width, height: height)
    let exact = AreaReference(pixels: full.map { Double($0) }, width: width, height: height)
      .scaled(to: 14, 14, x: 87, cropWidth: 127)
    #expect(try meanDifference(decode(bytes, width: 14, height: 14, aspect: .crop), exact) < 1.5)
  }

  @Test(.enabled(if: Fixtures.hasPhotos, "needs the photos in ../shared/data/cats-dogs"))
  func photosLookTheSameAsWhenTheyAreDecodedAtFullSize() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Fixtures.photos + "/cats").sorted()
    let differences = try names.prefix(20).map { name in
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(Fixtures.photos)/cats/\(name)")))
      let size = try #require(JPEGSize(bytes))
      let exact = try reference(bytes, size.width, size.height, to: 28, .grayscale)
      return try meanDifference(decode(bytes, width: 28, height: 28), exact)
    }
    #expect(differences.sorted()[differences.count / 2] <= 1.5, "\(differences)")
  }
}

/// The size in a JPEG's frame header.
private struct JPEGSize {
  let width: Int
  let height: Int

  init?(_ bytes: [UInt8]) {
    var position = 2
    while position + 9 < bytes.count {
      let isFrame = [0xC0, 0xC1, 0xC2].contains(bytes[position + 1])
      if isFrame {
        height = Int(bytes[position + 5]) << 8 | Int(bytes[position + 6])
        width = Int(bytes[position + 7]) << 8 | Int(bytes[position + 8])
        return
      }
      position += 2 + (Int(bytes[position + 2]) << 8 | Int(bytes[position + 3]))
    }
    return nil
  }
}
