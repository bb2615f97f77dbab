import WhiskerCore

/// A sample as it is stored.
public struct SampleDetails: Sendable, Equatable {
  /// The name of the format: "PNG", "JPEG", "IDX"; "cached" for a row of a tensor cache, "sample" where nothing is known.
  public let format: String
  /// The stored width, in pixels.
  public let width: Int
  /// The stored height, in pixels.
  public let height: Int
  /// The fingerprint of the stored contents.
  public let fingerprint: Fingerprint

  /// Describes a stored sample.
  public init(format: String, width: Int, height: Int, fingerprint: Fingerprint) {
    (self.format, self.width, self.height, self.fingerprint) = (format, width, height, fingerprint)
  }
}

/// The samples of any dataset as they are stored. Where a dataset knows nothing of that, they are what training sees.
package struct StoredSamples: Sendable {
  private let dataset: any Dataset
  private let stored: (any StoredDataset)?
  private let sized: (any SizedDataset)?

  /// The samples of `dataset`.
  package init(_ dataset: any Dataset) {
    self.dataset = dataset
    (stored, sized) = (dataset as? any StoredDataset, dataset as? any SizedDataset)
  }

  /// The fingerprint of a sample's stored contents.
  /// - Throws: `FileError` when there are no contents to read.
  package func fingerprint(at index: Int) throws -> Fingerprint {
    try stored?.fingerprint(at: index) ?? dataset.sample(at: index).withUnsafeBytes { Fingerprint($0) }
  }

  /// The fingerprint of a sample; nil where it cannot be read.
  /// - Throws: `ResourceError`, for which no sample is at fault.
  func fingerprintIfReadable(at index: Int) throws -> Fingerprint? {
    do {
      return try fingerprint(at: index)
    } catch let error where !(error is ResourceError) {
      return nil
    }
  }

  /// The fingerprint of what has been read of a sample since the dataset was opened, or else of its contents; nil where it cannot
  /// be read, or has a size that is not wanted.
  /// - Throws: `ResourceError`, for which no sample is at fault.
  package func fingerprint(at index: Int, ifSize isWanted: (Int) -> Bool) throws -> Fingerprint? {
    if let seen = seenFingerprint(at: index) { return seen }
    if let size = try storedSize(at: index), !isWanted(size) { return nil }
    return try fingerprintIfReadable(at: index)
  }

  /// The size of a sample's stored contents; nil where it is unknown.
  package func storedSize(at index: Int) throws -> Int? { try sized?.storedSize(at: index) }

  /// Parts of a sample's contents, or something as good; nil where they cannot be read.
  func excerpt(at index: Int) throws -> [UInt8]? {
    guard let sized else { return try fingerprintIfReadable(at: index)?.bytes }
    return try sized.storedExcerpt(at: index)
  }

  /// The fingerprint of a sample's contents, if they have been read.
  func seenFingerprint(at index: Int) -> Fingerprint? { sized?.seenFingerprint(at: index) }

  /// Reads a sample as `read` does, and describes it.
  /// - Throws: `FileError` when the sample cannot be read.
  package func examine(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws -> SampleDetails {
    if let stored { return try stored.examine(index, into: pixels) }
    try dataset.read(index, into: pixels)
    let preprocessing = dataset.preprocessing
    return SampleDetails(
      format: "sample", width: preprocessing.width, height: preprocessing.height,
      fingerprint: Fingerprint(UnsafeRawBufferPointer(pixels)))
  }

  /// The bytes of the sample's path below the root of the dataset.
  func path(at index: Int) -> [UInt8] { stored?.path(at: index) ?? Array(dataset.name(at: index).utf8) }
}
