import WhiskerCore

/// The samples of a dataset that are not left out.
struct KeptSamples: StoredDataset, FileBackedDataset, CopyFinder, SizedDataset {
  let info: DatasetInfo
  /// The dataset with all samples.
  let whole: any Dataset
  /// The indices of the samples in the whole dataset, ascending.
  let indices: [SampleIndex]
  private let stored: StoredSamples
  /// The paths of the files that are left out.
  private let excludedFiles: Set<[UInt8]>

  /// The samples of `whole` except some.
  /// - Parameter excluded: Their indices.
  init(_ whole: any Dataset, without excluded: Set<SampleIndex>) {
    let stored = StoredSamples(whole)
    (self.whole, self.stored) = (whole, stored)
    indices = (0..<SampleIndex(whole.count)).filter { !excluded.contains($0) }
    excludedFiles = Set(excluded.map { stored.path(at: Int($0)) })
    info = DatasetInfo(
      count: indices.count, classNames: whole.classNames, preprocessing: whole.preprocessing,
      isWorthCaching: whole.isWorthCaching)
  }

  func label(at index: Int) -> Int { whole.label(at: Int(indices[index])) }
  func name(at index: Int) -> String { whole.name(at: Int(indices[index])) }
  func path(at index: Int) -> [UInt8] { stored.path(at: Int(indices[index])) }

  func read(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws {
    try whole.read(Int(indices[index]), into: pixels)
  }

  func examine(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws -> SampleDetails {
    try stored.examine(Int(indices[index]), into: pixels)
  }

  func fingerprint(at index: Int) throws -> Fingerprint { try stored.fingerprint(at: Int(indices[index])) }

  func storedSize(at index: Int) throws -> Int? { try stored.storedSize(at: Int(indices[index])) }
  func storedExcerpt(at index: Int) throws -> [UInt8]? { try stored.excerpt(at: Int(indices[index])) }
  func seenFingerprint(at index: Int) -> Fingerprint? { stored.seenFingerprint(at: Int(indices[index])) }

  func forEachFile(_ body: (SourceFile) -> Void) {
    (whole as? any FileBackedDataset)?.forEachFile { file in
      if !excludedFiles.contains(file.path) { body(file) }
    }
  }

  func findCopies(readAhead: ReadAhead) throws -> CopyGroups {
    var places: [SampleIndex: SampleIndex] = [:]
    for (place, index) in indices.enumerated() { places[index] = SampleIndex(place) }
    let copies = try whole.copies(readAhead: readAhead).flatMap { group -> [CopyGroups.Copy] in
      let kept = group.compactMap { places[$0] }
      return kept.dropFirst().map { CopyGroups.Copy(first: kept[0], index: $0) }
    }
    return CopyGroups(copies)
  }
}

extension DataSource {
  /// The same source without some samples.
  /// - Parameter paths: Their paths below the root of the dataset, or below the folder in which the dataset is.
  /// - Parameter allowsEmptyClasses: Whether all samples of a class may be left out of a split.
  /// - Throws: `FileError` when there is no sample with such a path, or a class is left without samples.
  package func excluding(_ paths: [String], allowsEmptyClasses: Bool = false) throws -> DataSource {
    guard !paths.isEmpty else { return self }
    let root = pathText(RelativePath(bytes: pathBytes(path)).normalized.bytes) + "/"
    let wanted = Set(paths)
    var found: Set<String> = []
    let kept = splits.mapValues { dataset -> any Dataset in
      var excluded: Set<SampleIndex> = []
      for index in 0..<dataset.count {
        let name = dataset.name(at: index)
        guard let own = [name, root + name].first(where: wanted.contains) else { continue }
        found.insert(own)
        excluded.insert(SampleIndex(index))
      }
      return excluded.isEmpty ? dataset : dataset.withKept(KeptSamples(dataset.kept, without: excluded))
    }
    let unknown = paths.filter { !found.contains($0) }
    guard let first = unknown.first else {
      if !allowsEmptyClasses { try checkClasses(of: kept) }
      return with(kept)
    }
    throw FileError(
      path,
      "lacks \(grouped(unknown.count)) of the \(counted(wanted.count, "picture")) to leave out, such as \(first)",
      advice: "Pass paths as whisker audit lists them to \(Setting.excluded): below the dataset")
  }

  /// - Throws: `FileError` when a class has samples in a split, and none among those that are kept of it.
  func checkClasses(of kept: [Split: any Dataset]) throws {
    for (split, dataset) in splits {
      guard let part = kept[split], part.count < dataset.count else { continue }
      let lost = zip(dataset.classCounts, part.classCounts).enumerated().first { $1.0 > 0 && $1.1 == 0 }
      guard let lost else { continue }
      throw FileError(
        path, "has no picture of the class \(classNames[lost.offset]) that is not left out",
        advice: "Keep some of them, or allow empty classes with \(Setting.allowsEmptyClasses)")
    }
  }
}
