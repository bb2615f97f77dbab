import WhiskerCore

extension SampleSet {
  /// The classes whose samples are all unreadable, each with the failure of its first.
  ///
  /// Where the first sample of every class can be read, no others are.
  /// - Parameter readAhead: How far and on how many threads to read ahead.
  /// - Throws: `ResourceError` when the machine is at fault.
  public func unreadableClasses(
    _ readAhead: ReadAhead
  ) throws -> [(className: String, failure: SampleFailure)] {
    if let memory = dataset as? any InMemoryDataset, memory.isInMemory, memory.failures.isEmpty { return [] }
    let samples = samplesOfClasses
    var failures: [Int: SampleFailure] = [:]
    var open = samples.indices.filter { !samples[$0].isEmpty }
    // The first sample of each class, the next two, the next four and so on, for as long as none can be read.
    var (start, count) = (0, 1)
    while !open.isEmpty {
      let candidates = open.flatMap { samples[$0].dropFirst(start).prefix(count) }
      var readable: Set<Int> = []
      try readAhead.inOrder(candidates.count, chunk: 4, compute: { try dataset.failure(at: candidates[$0]) })
      {
        let label = dataset.label(at: Int(candidates[$0]))
        guard let failure = $1 else { readable.insert(label); return }
        failures[label] = failures[label] ?? failure
      }
      open.removeAll { label in
        if readable.contains(label) { failures[label] = nil }
        return readable.contains(label) || samples[label].count <= start + count
      }
      (start, count) = (start + count, 2 * count)
    }
    return failures.sorted { $0.key < $1.key }.map { (dataset.classNames[$0.key], $0.value) }
  }

  /// Makes sure that every class that has samples has one that can be read.
  /// - Parameter path: The path of the dataset, for the error.
  /// - Parameter place: The part of the dataset, for the error: "its validation split"; nil for all of it.
  /// - Throws: `FileError` that names the classes; `ResourceError` when the machine is at fault.
  public func checkClasses(of path: String, in place: String? = nil, _ readAhead: ReadAhead) throws {
    let classes = try unreadableClasses(readAhead)
    guard let first = classes.first else { return }
    let named = classes.prefix(10).map(\.className).joined(separator: ", ")
    let rest = classes.count - 10
    throw FileError(
      path,
      "has no picture that can be read for the class \(named)\(rest > 0 ? " and \(counted(rest, "other"))" : "")\(place.map { " in \($0)" } ?? "") (\(first.failure.text))",
      advice:
        "Replace the pictures by \(ImageFormat.names) files that decode, remove the folder, or allow empty classes with \(.allowsEmptyClasses)"
    )
  }

  private var samplesOfClasses: [[SampleIndex]] {
    var samples = [[SampleIndex]](repeating: [], count: dataset.classNames.count)
    for index in indices { samples[dataset.label(at: Int(index))].append(index) }
    return samples
  }
}

extension Dataset {
  /// The failure of a sample that cannot be read; nil where it can.
  /// - Throws: `ResourceError`, for which no sample is at fault.
  fileprivate func failure(at index: SampleIndex) throws -> SampleFailure? {
    do {
      _ = try sample(at: Int(index))
      return nil
    } catch let error where !(error is ResourceError) {
      return SampleFailure(index: Int(index), error: error, name: name(at: Int(index)))
    }
  }
}
