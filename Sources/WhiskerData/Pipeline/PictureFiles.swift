/// A dataset whose samples are picture files that a report can show as they are.
package protocol PictureFiles: Dataset {
  /// The path of a sample's file, as it can be printed.
  func file(of index: Int) -> String

  /// Decodes a sample's picture in colour and in its own proportions.
  /// - Parameter side: The longest side of the result, in pixels; a smaller picture keeps its size.
  /// - Throws: `FileError` when the picture cannot be read or is too large for a thumbnail.
  func thumbnail(of index: Int, side: Int) throws -> Thumbnail
}

extension Dataset {
  /// The picture files behind the samples, whether or not decoded samples are kept in memory; nil where there are none.
  package var pictureFiles: (any PictureFiles)? {
    self as? any PictureFiles ?? (self as? SampleCache)?.source.pictureFiles
      ?? (self as? ResizedDataset)?.kept.pictureFiles ?? (self as? FeatureDataset)?.pictures.pictureFiles
  }
}
