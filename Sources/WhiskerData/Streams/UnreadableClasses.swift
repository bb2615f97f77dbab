import WhiskerTensor

extension SampleSet {
  /// The classes that have samples of which not one can be read, each with what is wrong with its first.
  ///
  /// One sample of every class is read where the first is good.
  /// - Parameter lanes: What reads.
  /// - Throws: `ResourceError` when the machine is at fault.
  public func unreadableClasses(
    _ lanes: BatchStream.Lanes
  ) throws -> [(className: String, failure: SampleFailure)] {
    guard !dataset.isInMemory || !dataset.failures.isEmpty else { return [] }
    let samples = samplesOfClasses
    var failures: [Int: SampleFailure] = [:]
    var open = samples.indices.filter { !samples[$0].isEmpty }
    // The first sample of each class, the next two, the next four and so on, for as long as none can be read.
    var (start, count) = (0, 1)
    while !open.isEmpty {
      let candidates = open.flatMap { samples[$0].dropFirst(start).prefix(count) }
      var readable: Set<Int> = []
      try lanes.inOrder(candidates.count, stretch: 4, compute: { try dataset.failure(at: candidates[$0]) }) {
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
  /// - Parameter path: The data set, for the error.
  /// - Parameter place: What the samples are, for the error: "its validation part"; nil for all of the data set.
  /// - Throws: `FileError` that names the classes; `ResourceError` when the machine is at fault.
  public func checkClasses(of path: String, in place: String? = nil, _ lanes: BatchStream.Lanes) throws {
    let classes = try unreadableClasses(lanes)
    guard let first = classes.first else { return }
    let named = classes.prefix(10).map(\.className).joined(separator: ", ")
    let rest = classes.count - 10
    throw FileError(
      path,
      "has no picture that can be read for the class \(named)\(rest > 0 ? " and \(counted(rest, "other"))" : "")"
        + "\(place.map { " in \($0)" } ?? "") (\(first.failure))",
      advice:
        "Replace the pictures by PNG or JPEG files that decode, remove the folder, or allow empty classes")
  }

  private var samplesOfClasses: [[SampleIndex]] {
    var samples = [[SampleIndex]](repeating: [], count: dataset.classNames.count)
    for index in indices { samples[dataset.label(at: Int(index))].append(index) }
    return samples
  }
}

extension Dataset {
  /// Why a sample cannot be read; nil where it can.
  /// - Throws: `ResourceError`, which is no sample's fault.
  fileprivate func failure(at index: SampleIndex) throws -> SampleFailure? {
    do {
      _ = try sample(at: Int(index))
      return nil
    } catch let error where !(error is ResourceError) {
      return SampleFailure(index: Int(index), error: error, name: name(at: Int(index)))
    }
  }
}
