/// A dataset whose samples are picture files that a report can show as they are.
package protocol PictureFiles: Dataset {
  /// The path of a sample's file, as it can be printed.
  func file(of index: Int) -> String

  /// Decodes a sample's picture in colour and in its own proportions.
  /// - Parameter side: The longest side of the result, in pixels; a smaller picture keeps its size.
  /// - Throws: `FileError` when the picture cannot be read or is too large for a thumbnail.
  func thumbnail(of index: Int, side: Int) throws -> Thumbnail
}

extension ImageDecoder {
  /// The largest picture of which a thumbnail is made, in pixels: a report must not take long.
  private static let thumbnailPixels = 25_000_000

  /// Decodes the file in `bytes` in colour and in its own proportions.
  /// - Parameter side: The longest side of the result, in pixels; a smaller picture keeps its size.
  /// - Throws: `FileError` when it cannot be decoded or is too large for a thumbnail.
  func thumbnail(_ bytes: [UInt8], side: Int, name: String) throws -> Thumbnail {
    let target = try withPicture(bytes, name: name) { picture, _ in
      let isTurned = picture.orientation.swapsSides
      let (width, height) =
        isTurned ? (picture.height, picture.width) : (picture.width, picture.height)
      let scale = min(1, Double(side) / Double(max(width, height, 1)))
      func scaled(_ length: Int) -> Int { max(1, Int((Double(length) * scale).rounded())) }
      return Preprocessing(
        height: scaled(height), width: scaled(width), colorMode: .rgb, background: preprocessing.background)
    }
    let decoder = ImageDecoder(
      target, maximumPixels: min(maximumPixels, Self.thumbnailPixels), allowsTruncated: allowsTruncated)
    return Thumbnail(try decoder.decode(bytes, name: name), of: target, side: side)
  }
}

extension Dataset {
  /// The picture files behind the samples, whether or not decoded samples are kept in memory; nil where there are none.
  package var pictureFiles: (any PictureFiles)? {
    self as? any PictureFiles ?? (self as? SampleCache)?.source.pictureFiles
  }
}
