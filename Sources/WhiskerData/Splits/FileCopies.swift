import WhiskerCore

/// Finds the samples with equal contents while reading as little as possible: only files of the same size can be equal, and most
/// of those differ in their middle or at their end, where compressed pictures differ most.
struct FileCopies {
  /// The number of samples.
  let count: Int
  let samples: StoredSamples
  let readAhead: ReadAhead
  /// The index that at least one sample of every group must be below, and one must not be; nil for all groups.
  var border: Int?

  /// A sample with what it must have in common with a copy.
  private struct Suspect<Key: Sendable & Comparable>: Sendable, Comparable {
    let key: Key
    let index: SampleIndex

    static func < (left: Self, right: Self) -> Bool { (left.key, left.index) < (right.key, right.index) }
  }

  /// The samples with equal contents. Empty ones and those that cannot be read are no copies.
  /// - Throws: `ResourceError` when the machine runs out of something.
  func find() throws -> CopyGroups {
    let equalSizes = try samplesOfEqualSizes()
    let equalExcerpts = try narrow(equalSizes, chunk: 128, excerpt)
    var copies: [CopyGroups.Copy] = []
    var first: Suspect<Fingerprint>?
    for suspect in try narrow(equalExcerpts, chunk: 16, { try fingerprint(of: $0.index) }) {
      if let first, first.key == suspect.key {
        copies.append(.init(first: first.index, index: suspect.index))
      } else {
        first = suspect
      }
    }
    return CopyGroups(copies)
  }

  private func samplesOfEqualSizes() throws -> [Suspect<UInt32>] {
    var suspects: [Suspect<UInt32>] = []
    let key = { @Sendable (index: Int) -> UInt32? in
      guard let size = try samples.storedSize(at: index) else {
        // Without a size, some bits of the fingerprint, so that few samples are left.
        return try fingerprint(of: SampleIndex(index))?.lowBits
      }
      return (1...ImageDecoder.fileSizeLimit).contains(size) ? UInt32(size) : nil
    }
    try readAhead.inOrder(count, chunk: 256, compute: key) { index, key in
      if let key { suspects.append(Suspect(key: key, index: SampleIndex(index))) }
    }
    return repeated(suspects)
  }

  /// The samples that also have the same fingerprint as another.
  private func narrow<Key>(
    _ samples: [Suspect<Key>], chunk: Int,
    _ fingerprint: @escaping @Sendable (Suspect<Key>) throws -> Fingerprint?
  ) throws -> [Suspect<Fingerprint>] {
    var suspects: [Suspect<Fingerprint>] = []
    try readAhead.inOrder(samples.count, chunk: chunk, compute: { try fingerprint(samples[$0]) }) {
      place, key in
      if let key { suspects.append(Suspect(key: key, index: samples[place].index)) }
    }
    return repeated(suspects)
  }

  /// The samples that have the same key as another, those with the same key beside each other and ascending.
  private func repeated<Key>(_ suspects: consuming [Suspect<Key>]) -> [Suspect<Key>] {
    var sorted = suspects
    sorted.sort()
    var repeated: [Suspect<Key>] = []
    var start = 0
    while start < sorted.count {
      var end = start + 1
      while end < sorted.count, sorted[end].key == sorted[start].key { end += 1 }
      let crosses = border.map { sorted[start].index < $0 && sorted[end - 1].index >= $0 } ?? true
      if end - start > 1, crosses { repeated += sorted[start..<end] }
      start = end
    }
    return repeated
  }

  @Sendable private func fingerprint(of index: SampleIndex) throws -> Fingerprint? {
    try samples.fingerprintIfReadable(at: Int(index))
  }

  /// The fingerprint of a sample's size and of an excerpt.
  @Sendable private func excerpt(of sample: Suspect<UInt32>) throws -> Fingerprint? {
    guard let bytes = try samples.excerpt(at: Int(sample.index)) else { return nil }
    let sizeBytes = withUnsafeBytes(of: sample.key) { Array($0) }
    return (sizeBytes + bytes).withUnsafeBytes { Fingerprint($0) }
  }
}
