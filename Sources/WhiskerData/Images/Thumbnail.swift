/// A sample as a small picture for a page.
package struct Thumbnail {
  /// The picture as a page takes it.
  package let dataURI: String

  /// The longest side, in pixels; larger samples are scaled down.
  private static let sideLimit = 112

  /// Makes the picture of a sample, `[height, width, channels]` as `preprocessing` gives it.
  package init(_ pixels: [UInt8], of preprocessing: Preprocessing) {
    let (height, width, channels) = (preprocessing.height, preprocessing.width, preprocessing.channels)
    let longest = max(height, width)
    guard longest > Self.sideLimit else {
      dataURI = PNGEncoder.dataURI(pixels, height: height, width: width, channels: channels)
      return
    }
    let (newHeight, newWidth) = (
      max(1, height * Self.sideLimit / longest), max(1, width * Self.sideLimit / longest)
    )
    var average = AreaAverage(
      sourceWidth: width, region: .init(x: 0, y: 0, width: Double(width), height: Double(height)),
      width: newWidth, height: newHeight, channels: channels)
    let row = width * channels
    for y in 0..<height {
      pixels[y * row..<(y + 1) * row].withUnsafeBufferPointer { average.add($0, y: y) }
    }
    dataURI = PNGEncoder.dataURI(
      average.pixels(), height: newHeight, width: newWidth, channels: channels)
  }
}
