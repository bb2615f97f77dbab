import WhiskerCore

/// Samples of one dataset with the same stored contents, in groups of two or more.
///
/// The samples of a group are in ascending order, and the groups in the order of their first samples.
public struct CopyGroups: Sendable, Equatable, RandomAccessCollection {
  /// The samples of all groups, group by group.
  private let samples: [SampleIndex]
  /// The end of each group in `samples`.
  private let ends: [SampleIndex]

  /// No sample has a copy.
  public static let none = CopyGroups([])

  /// A sample that has the same contents as an earlier one.
  package struct Copy {
    let first: SampleIndex
    let index: SampleIndex

    package init(first: SampleIndex, index: SampleIndex) { (self.first, self.index) = (first, index) }
  }

  /// The groups of `copies`, in any order. The first sample of a group is no copy.
  package init(_ copies: consuming [Copy]) {
    copies.sort { ($0.first, $0.index) < ($1.first, $1.index) }
    var (samples, ends) = ([SampleIndex](), [SampleIndex]())
    var first: SampleIndex?
    for copy in copies {
      if copy.first != first {
        if !samples.isEmpty { ends.append(SampleIndex(samples.count)) }
        samples.append(copy.first)
        first = copy.first
      }
      samples.append(copy.index)
    }
    if !samples.isEmpty { ends.append(SampleIndex(samples.count)) }
    (self.samples, self.ends) = (samples, ends)
  }

  public var startIndex: Int { 0 }
  /// The number of groups.
  public var endIndex: Int { ends.count }

  /// The samples of a group, ascending.
  public subscript(position: Int) -> ArraySlice<SampleIndex> {
    samples[(position > 0 ? Int(ends[position - 1]) : 0)..<Int(ends[position])]
  }

  /// The number of samples that are copies of an earlier one.
  public var copyCount: Int { samples.count - ends.count }

  /// The group whose first sample is `index`.
  func group(startingWith index: SampleIndex) -> ArraySlice<SampleIndex>? {
    var range = 0..<count
    while let middle = range.isEmpty ? nil : (range.lowerBound + range.upperBound) / 2 {
      let group = self[middle]
      if group.first == index { return group }
      range = group[group.startIndex] < index ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return nil
  }
}

extension CopyGroups {
  /// These groups, and those of samples with the same key, joined where they share a sample.
  /// - Parameter count: The number of samples.
  /// - Parameter key: The key of a sample; nil for none.
  package func joined(count: Int, key: (Int) throws -> String?) rethrows -> CopyGroups {
    var joined = JoinedSamples(count: count)
    for group in self {
      for index in group.dropFirst() { joined.join(group[group.startIndex], index) }
    }
    var firsts: [String: SampleIndex] = [:]
    for index in 0..<count {
      guard let key = try key(index) else { continue }
      if let first = firsts[key] {
        joined.join(first, SampleIndex(index))
      } else {
        firsts[key] = SampleIndex(index)
      }
    }
    return joined.groups
  }

  /// These groups, and those of some pairs, joined where they share a sample.
  /// - Parameter count: The number of samples.
  package func joined(count: Int, pairs: some Sequence<(SampleIndex, SampleIndex)>) -> CopyGroups {
    var joined = JoinedSamples(count: count)
    for group in self {
      for index in group.dropFirst() { joined.join(group[group.startIndex], index) }
    }
    for (one, other) in pairs { joined.join(one, other) }
    return joined.groups
  }
}

/// Sets of samples that are joined (Tarjan, "Efficiency of a Good But Not Linear Set Union Algorithm", JACM 1975).
private struct JoinedSamples {
  /// An earlier sample of the same set, or the sample itself if it is the first.
  private var earlier: [SampleIndex]

  init(count: Int) { earlier = Array(0..<SampleIndex(count)) }

  mutating func join(_ one: SampleIndex, _ other: SampleIndex) {
    let (one, other) = (first(of: one), first(of: other))
    earlier[Int(max(one, other))] = min(one, other)
  }

  /// The sets of two or more samples.
  var groups: CopyGroups {
    mutating get {
      CopyGroups(
        earlier.indices.compactMap { index in
          let first = first(of: SampleIndex(index))
          return first == index ? nil : CopyGroups.Copy(first: first, index: SampleIndex(index))
        })
    }
  }

  /// The first sample of a set. It shortens the way for the next call.
  mutating func first(of index: SampleIndex) -> SampleIndex {
    var index = index
    while earlier[Int(index)] != index {
      earlier[Int(index)] = earlier[Int(earlier[Int(index)])]
      index = earlier[Int(index)]
    }
    return index
  }
}

/// A dataset that finds copies in a faster way than by the fingerprints of all samples.
protocol CopyFinder: Dataset {
  /// The samples with the same stored contents. A sample that cannot be read is in no group.
  /// - Throws: `ResourceError` when the machine runs out of something.
  func findCopies(readAhead: ReadAhead) throws -> CopyGroups
}

extension Dataset {
  /// The samples with the same stored contents. A sample that cannot be read is in no group.
  /// - Throws: `ResourceError` when the machine runs out of something.
  public func copies(readAhead: ReadAhead) throws -> CopyGroups {
    if let finder = self as? any CopyFinder { return try finder.findCopies(readAhead: readAhead) }
    var table = FingerprintTable(count: count)
    var copies: [CopyGroups.Copy] = []
    let fingerprint = StoredSamples(self).fingerprintIfReadable
    try readAhead.inOrder(count, chunk: 512, compute: fingerprint) { index, found in
      guard let found else { return }
      let index = SampleIndex(index)
      let first = try table.earlier(than: index, found) { try fingerprint(Int($0)) }
      if let first { copies.append(.init(first: first, index: index)) }
    }
    return CopyGroups(copies)
  }
}
