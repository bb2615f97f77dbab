import SampleImages
import Testing
import WhiskerData

/// A JPEG is decoded at a reduced DCT scale; that must not be seen.
@Suite struct ScaledJPEGTests {
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
      let exact = try FullPicture(bytes).scaled(to: 14, 14, colorMode)
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
}
