import WhiskerCore

/// Samples of one dataset or of several, one after the other: with other names, other classes, groups, or fewer samples.
struct JoinedDataset: Dataset {
  /// A dataset whose samples take part.
  struct Part: Sendable {
    let dataset: any Dataset
    /// The text before the names of its samples, which need not be UTF-8; empty for none.
    var prefix: [UInt8] = []
    /// The samples that take part, ascending; nil for all.
    var indices: [SampleIndex]?
    /// The label of the samples of each class of the dataset; nil for the same. Samples of a class without one take no part.
    var labels: [Int?]?
    /// The names of groups, and for each sample of the dataset the number of its name, or -1.
    var groups: (names: [String], numbers: [Int32])?
    /// Further files that decide which samples there are, such as a list of them.
    var files: [SourceFile] = []
    let stored: StoredSamples

    init(_ dataset: any Dataset) { (self.dataset, stored) = (dataset, StoredSamples(dataset)) }

    var count: Int { indices?.count ?? dataset.count }

    /// The number of a sample in the dataset.
    func index(_ place: Int) -> Int { indices.map { Int($0[place]) } ?? place }

    /// The number of a sample of the dataset among those that take part; nil where it does not.
    func place(of index: Int) -> Int? {
      guard let indices else { return index }
      var (low, high) = (0, indices.count)
      while low < high {
        let middle = (low + high) / 2
        if Int(indices[middle]) < index { low = middle + 1 } else { high = middle }
      }
      return low < indices.count && Int(indices[low]) == index ? low : nil
    }
  }

  let info: DatasetInfo
  let parts: [Part]
  /// The index of the first sample of each part, and at the end the number of all samples.
  let starts: [Int]
  /// The names of all groups, and for each part the numbers of its names.
  private let groups: (names: [String], numbers: [[Int]])

  /// The samples of `parts`, which have the same preprocessing.
  /// - Parameter first: The names of groups that get the first numbers, whether or not they are in the parts.
  init(_ parts: [Part], classNames: [String], groups first: [String] = []) {
    precondition(!parts.isEmpty, "a joined dataset has parts")
    self.parts = parts
    starts = parts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    info = DatasetInfo(
      count: starts[parts.count], classNames: classNames, preprocessing: parts[0].dataset.preprocessing,
      isWorthCaching: parts.contains { $0.dataset.isWorthCaching })
    var names: [String] = []
    var known: [String: Int] = [:]
    let numbers = ([first] + parts.map(\.groupNames)).map { own in
      own.map { name -> Int in
        if let number = known[name] { return number }
        known[name] = names.count
        names.append(name)
        return names.count - 1
      }
    }
    groups = (names, Array(numbers.dropFirst()))
  }

  /// The part that a sample belongs to, and its index there.
  func place(of index: Int) -> (part: Int, index: Int) {
    var part = 0
    while starts[part + 1] <= index { part += 1 }
    return (part, parts[part].index(index - starts[part]))
  }

  func label(at index: Int) -> Int {
    let place = place(of: index)
    let label = parts[place.part].dataset.label(at: place.index)
    return parts[place.part].labels.map { $0[label] ?? 0 } ?? label
  }

  func name(at index: Int) -> String {
    let place = place(of: index)
    return printable(parts[place.part].prefix) + parts[place.part].dataset.name(at: place.index)
  }

  func read(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws {
    let place = place(of: index)
    try parts[place.part].dataset.read(place.index, into: pixels)
  }
}

extension JoinedDataset: StoredDataset {
  func fingerprint(at index: Int) throws -> Fingerprint {
    let place = place(of: index)
    return try parts[place.part].stored.fingerprint(at: place.index)
  }

  func examine(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws -> SampleDetails {
    let place = place(of: index)
    return try parts[place.part].stored.examine(place.index, into: pixels)
  }

  func path(at index: Int) -> [UInt8] {
    let place = place(of: index)
    return parts[place.part].prefix + parts[place.part].stored.path(at: place.index)
  }
}

extension JoinedDataset: InMemoryDataset {
  private var memories: [(any InMemoryDataset)?] { parts.map { $0.dataset as? any InMemoryDataset } }

  var isInMemory: Bool { memories.allSatisfy { $0?.isInMemory ?? false } }

  var failures: [Int: SampleFailure] {
    var failures: [Int: SampleFailure] = [:]
    for (part, memory) in memories.enumerated() {
      for (index, failure) in memory?.failures ?? [:] {
        guard let place = parts[part].place(of: index) else { continue }
        let joined = starts[part] + place
        failures[joined] = SampleFailure(index: joined, name: name(at: joined), reason: failure.reason)
      }
    }
    return failures
  }

  func address(of index: Int) -> UnsafePointer<UInt8>? {
    let place = place(of: index)
    return (parts[place.part].dataset as? any InMemoryDataset)?.address(of: place.index)
  }

  func release() {
    for memory in memories { memory?.release() }
  }
}

extension JoinedDataset: FileBackedDataset {
  func forEachFile(_ body: (SourceFile) -> Void) {
    for part in parts {
      for file in part.files { body(file.renamed(after: part.prefix, label: file.label)) }
      (part.dataset as? any FileBackedDataset)?.forEachFile { file in
        guard let label = file.label, let labels = part.labels else {
          return body(file.renamed(after: part.prefix, label: file.label))
        }
        // A class that takes no part.
        guard let other = labels[label] else { return }
        body(file.renamed(after: part.prefix, label: other))
      }
    }
  }
}

extension JoinedDataset: PictureFiles {
  /// Whether the samples of all parts are picture files.
  var arePictureFiles: Bool { parts.allSatisfy { $0.dataset.pictureFiles != nil } }

  func file(of index: Int) -> String {
    let place = place(of: index)
    return parts[place.part].dataset.pictureFiles?.file(of: place.index) ?? name(at: index)
  }

  func head(of index: Int, count: Int) -> [UInt8]? {
    let place = place(of: index)
    return parts[place.part].dataset.pictureFiles?.head(of: place.index, count: count)
  }

  func thumbnail(of index: Int, side: Int) throws -> Thumbnail {
    let (files, place) = try files(behind: index)
    return try files.thumbnail(of: place, side: side)
  }

  func show(_ index: Int, by decoder: ImageDecoder, side: Int) throws -> ShownPicture {
    let (files, place) = try files(behind: index)
    return try files.show(place, by: decoder, side: side)
  }

  private func files(behind index: Int) throws -> (files: any PictureFiles, index: Int) {
    let place = place(of: index)
    guard let files = parts[place.part].dataset.pictureFiles else {
      throw FileError(name(at: index), "is no picture file")
    }
    return (files, place.index)
  }
}

extension JoinedDataset: GroupedDataset {
  var hasGroups: Bool {
    groups.numbers.contains { !$0.isEmpty }
      || parts.contains { $0.groups == nil && $0.dataset.grouped != nil }
  }

  func group(at index: Int) -> Int? {
    let place = place(of: index)
    let part = parts[place.part]
    guard let own = part.groups else {
      let numbers = groups.numbers[place.part]
      // The groups of a cache have no names. All parts are then splits of the cache, whose groups are numbered together.
      return part.dataset.grouped?.group(at: place.index).map { numbers.isEmpty ? $0 : numbers[$0] }
    }
    let number = Int(own.numbers[place.index])
    return number < 0 ? nil : groups.numbers[place.part][number]
  }
}

extension JoinedDataset.Part {
  /// The names of the groups of the dataset; empty where they have only numbers.
  var groupNames: [String] {
    groups?.names ?? (dataset.whole as? JoinedDataset)?.groupNames ?? []
  }
}

extension JoinedDataset {
  fileprivate var groupNames: [String] { groups.names }

  /// The name of a group; its number where it has none.
  func name(ofGroup number: Int) -> String {
    groups.names.indices.contains(number) ? groups.names[number] : "\(number)"
  }
}

extension JoinedDataset: CopyFinder, SizedDataset {
  func storedSize(at index: Int) throws -> Int? {
    let place = place(of: index)
    return try parts[place.part].stored.storedSize(at: place.index)
  }

  func storedExcerpt(at index: Int) throws -> [UInt8]? {
    let place = place(of: index)
    return try parts[place.part].stored.excerpt(at: place.index)
  }

  func seenFingerprint(at index: Int) -> Fingerprint? {
    let place = place(of: index)
    return parts[place.part].stored.seenFingerprint(at: place.index)
  }

  func findCopies(readAhead: ReadAhead) throws -> CopyGroups {
    guard parts.count == 1 else {
      return try FileCopies(count: count, samples: StoredSamples(self), readAhead: readAhead).find()
    }
    let part = parts[0]
    let copies = try part.dataset.copies(readAhead: readAhead)
    guard part.indices != nil else { return copies }
    return CopyGroups(
      copies.flatMap { group -> [CopyGroups.Copy] in
        let places = group.compactMap { part.place(of: Int($0)).map { SampleIndex($0) } }
        return places.dropFirst().map { CopyGroups.Copy(first: places[0], index: $0) }
      })
  }
}
