/// A dataset whose samples are picture files that a report can show as they are.
package protocol PictureFiles: Dataset {
  /// The path of a sample's file, as it can be printed.
  func file(of index: Int) -> String

  /// The first bytes of a sample's file; nil where it cannot be read.
  func head(of index: Int, count: Int) -> [UInt8]?

  /// Decodes a sample's picture in colour and in its own proportions.
  /// - Parameter side: The longest side of the result, in pixels; a smaller picture keeps its size.
  /// - Throws: `FileError` when the picture cannot be read or is too large for a thumbnail.
  func thumbnail(of index: Int, side: Int) throws -> Thumbnail

  /// Decodes a sample's picture as the input of a network, and to be looked at.
  /// - Parameter decoder: The decoder of the network's input.
  /// - Parameter side: The longest side of the picture to be looked at, in pixels; a smaller picture keeps its size.
  /// - Throws: `FileError` when the picture cannot be read.
  func show(_ index: Int, by decoder: ImageDecoder, side: Int) throws -> ShownPicture
}

extension Dataset {
  /// The picture files behind the samples, whether or not decoded samples are kept in memory; nil where there are none.
  package var pictureFiles: (any PictureFiles)? {
    if let joined = self as? JoinedDataset { return joined.arePictureFiles ? joined : nil }
    if let files = self as? any PictureFiles { return files }
    if let kept = self as? KeptSamples { return KeptPictures(kept) }
    return wrapped?.pictureFiles
  }

  /// The dataset that knows which samples belong together; nil where none does.
  package var grouped: (any GroupedDataset)? {
    if let grouped = self as? any GroupedDataset { return grouped.hasGroups ? grouped : nil }
    if let kept = self as? KeptSamples { return KeptGroups(kept) }
    return wrapped?.grouped
  }

  /// The same samples as they are stored, without what keeps, resizes or computes something of them.
  package var asStored: any Dataset { wrapped?.asStored ?? self }

  /// The dataset whose samples this one keeps in memory, resizes, or computes features of.
  private var wrapped: (any Dataset)? {
    (self as? SampleCache)?.source ?? (self as? ResizedDataset)?.kept ?? (self as? FeatureDataset)?.pictures
  }

  /// The dataset with all samples, where some are left out; otherwise itself.
  var whole: any Dataset { (self as? KeptSamples)?.whole ?? self }
}

/// The picture files of the samples that are not left out.
private struct KeptPictures: PictureFiles {
  private let kept: KeptSamples
  private let files: any PictureFiles

  /// Nil where there are none.
  init?(_ kept: KeptSamples) {
    guard let files = kept.whole.pictureFiles else { return nil }
    (self.kept, self.files) = (kept, files)
  }

  var info: DatasetInfo { kept.info }
  func label(at index: Int) -> Int { kept.label(at: index) }
  func name(at index: Int) -> String { kept.name(at: index) }
  func read(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws {
    try kept.read(index, into: pixels)
  }
  func head(of index: Int, count: Int) -> [UInt8]? {
    files.head(of: Int(kept.indices[index]), count: count)
  }
  func file(of index: Int) -> String { files.file(of: Int(kept.indices[index])) }
  func thumbnail(of index: Int, side: Int) throws -> Thumbnail {
    try files.thumbnail(of: Int(kept.indices[index]), side: side)
  }
  func show(_ index: Int, by decoder: ImageDecoder, side: Int) throws -> ShownPicture {
    try files.show(Int(kept.indices[index]), by: decoder, side: side)
  }
}

/// The groups of the samples that are not left out.
private struct KeptGroups: GroupedDataset {
  private let kept: KeptSamples
  private let groups: any GroupedDataset

  /// Nil where there are none.
  init?(_ kept: KeptSamples) {
    guard let groups = kept.whole.grouped else { return nil }
    (self.kept, self.groups) = (kept, groups)
  }

  var info: DatasetInfo { kept.info }
  var hasGroups: Bool { true }
  func label(at index: Int) -> Int { kept.label(at: index) }
  func name(at index: Int) -> String { kept.name(at: index) }
  func read(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws {
    try kept.read(index, into: pixels)
  }
  func group(at index: Int) -> Int? { groups.group(at: Int(kept.indices[index])) }
}
