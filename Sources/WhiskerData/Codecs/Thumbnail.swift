/// A sample as a small picture for a report.
package struct Thumbnail {
  /// The PNG file as a data URI.
  package let dataURI: String

  /// Makes the picture of a sample, `[height, width, channels]` as `preprocessing` gives it.
  /// - Parameter side: The longest side, in pixels; a larger sample is scaled down.
  package init(_ pixels: [UInt8], of preprocessing: Preprocessing, side: Int = 112) {
    let (height, width, channels) = (preprocessing.height, preprocessing.width, preprocessing.channels)
    let longest = max(height, width)
    guard longest > side else {
      dataURI = PNGEncoder.dataURI(pixels, height: height, width: width, channels: channels)
      return
    }
    let (newHeight, newWidth) = (
      max(1, height * side / longest), max(1, width * side / longest)
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
