/// A sample as a small picture for a report.
package struct Thumbnail {
  /// The PNG file as a data URI.
  package let dataURI: String
  /// The longest side, in pixels.
  package let longestSide: Int

  /// Makes the picture of a sample, `[height, width, channels]` as `preprocessing` gives it.
  /// - Parameter side: The longest side, in pixels; a larger sample is scaled down.
  package init(_ pixels: [UInt8], of preprocessing: Preprocessing, side: Int = 112) {
    let (height, width, channels) = (preprocessing.height, preprocessing.width, preprocessing.channels)
    let longest = max(height, width)
    longestSide = min(longest, side)
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

extension ImageDecoder {
  /// The largest picture of which a thumbnail is made, in pixels: a report must not take long.
  package static let thumbnailPixels = 25_000_000

  /// Decodes the file in `bytes` in colour and in its own proportions.
  /// - Parameter side: The longest side of the result, in pixels; a smaller picture keeps its size.
  /// - Throws: `FileError` when it cannot be decoded or is too large for a thumbnail.
  func thumbnail(_ bytes: [UInt8], side: Int, name: String) throws -> Thumbnail {
    let target = try shape(of: bytes, side: side, name: name).shape
    let decoder = ImageDecoder(
      target, maximumPixels: min(maximumPixels, Self.thumbnailPixels), allowsTruncated: allowsTruncated)
    return Thumbnail(try decoder.decode(bytes, name: name), of: target, side: side)
  }
}
