import WhiskerCore

/// Samples whose pictures are kept larger than the samples, and resized when they are read.
///
/// Augmentation reads the pictures as they are kept.
struct ResizedDataset: StoredDataset, FileBackedDataset, CopyFinder {
  let info: DatasetInfo
  /// The pictures as they are kept.
  let kept: any Dataset
  private let stored: StoredSamples
  private let memory: (any InMemoryDataset)?
  private let resizing: Resizing

  /// The pictures of `kept` as samples of another size, of which `kept` has the cache's.
  init(_ kept: any Dataset, _ preprocessing: Preprocessing) {
    precondition(kept.preprocessing == preprocessing.kept, "pictures of the cache's size")
    (self.kept, stored, memory) = (kept, StoredSamples(kept), kept as? any InMemoryDataset)
    resizing = Resizing(preprocessing)
    info = DatasetInfo(
      count: kept.count, classNames: kept.classNames, preprocessing: preprocessing,
      isWorthCaching: kept.isWorthCaching)
  }

  func label(at index: Int) -> Int { kept.label(at: index) }
  func name(at index: Int) -> String { kept.name(at: index) }

  func read(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws {
    try withPicture(index) { pixels.copyBytes(from: resizing.sample(of: $0)) }
  }

  /// Calls `body` with a picture as it is kept.
  /// - Throws: `FileError` when it cannot be read.
  func withPicture<Result>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result) throws
    -> Result
  {
    let size = kept.preprocessing.sampleSize
    if let address = memory?.address(of: index) {
      return try body(UnsafeBufferPointer(start: address, count: size))
    }
    return try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: size) { picture in
      try kept.read(index, into: UnsafeMutableRawBufferPointer(picture))
      return try body(UnsafeBufferPointer(picture))
    }
  }

  func examine(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws -> SampleDetails {
    try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: kept.preprocessing.sampleSize) { picture in
      let details = try stored.examine(index, into: UnsafeMutableRawBufferPointer(picture))
      pixels.copyBytes(from: resizing.sample(of: UnsafeBufferPointer(picture)))
      return details
    }
  }

  func fingerprint(at index: Int) throws -> Fingerprint { try stored.fingerprint(at: index) }
  func path(at index: Int) -> [UInt8] { stored.path(at: index) }
  func forEachFile(_ body: (SourceFile) -> Void) { (kept as? any FileBackedDataset)?.forEachFile(body) }
  func findCopies(readAhead: ReadAhead) throws -> CopyGroups { try kept.copies(readAhead: readAhead) }
}

extension Dataset {
  /// The pictures as they are kept, before they are resized to samples; the dataset itself where they are kept as samples.
  var kept: any Dataset { (self as? ResizedDataset)?.kept ?? self }

  /// Samples of the same size, resized from other pictures as they are kept.
  func withKept(_ pictures: any Dataset) -> any Dataset {
    self is ResizedDataset ? ResizedDataset(pictures, preprocessing) : pictures
  }

  /// The same samples, whose pictures are kept in at most `budget` bytes of memory once they were read, where that is worth it.
  package func keepingPictures(budget: Int) -> any Dataset {
    guard isWorthCaching else { return self }
    return withKept(SampleCache(kept, budget: budget))
  }
}

extension SampleSet {
  /// The same samples in another size, resized from the pictures as they are kept.
  package func resized(to size: Preprocessing.Size) -> SampleSet {
    let resized = dataset.kept.preprocessing.resized(to: size)
    guard resized != dataset.preprocessing else { return self }
    return SampleSet(
      resized.cacheSize == nil ? dataset.kept : ResizedDataset(dataset.kept, resized), indices: indices)
  }
}

extension DataSource {
  /// The same source with samples of the size and the cache size of `preprocessing`, whose kept pictures are those of the
  /// source.
  func resized(to preprocessing: Preprocessing) -> DataSource {
    guard preprocessing != self.preprocessing else { return self }
    return with(splits.mapValues { ResizedDataset($0.kept, preprocessing) }, preprocessing)
  }
}
