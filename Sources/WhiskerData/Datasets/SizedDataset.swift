/// A dataset that knows something of the stored contents of a sample without reading all of them.
protocol SizedDataset: Dataset {
  /// The size in bytes; nil where it is unknown. Samples of different sizes are no copies.
  /// - Throws: `ResourceError` when the machine is at fault.
  func storedSize(at index: Int) throws -> Int?
  /// Parts of the contents, in which files of the same size mostly differ; nil where they cannot be read.
  /// - Throws: `ResourceError` when the machine is at fault.
  func storedExcerpt(at index: Int) throws -> [UInt8]?
  /// The fingerprint of the contents, if they have been read since the dataset was opened.
  func seenFingerprint(at index: Int) -> Fingerprint?
}
