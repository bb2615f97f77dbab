/// The units that a split keeps together: a sample that has no copies, or a group of copies. A unit is identified by its first
/// sample, and has its class.
struct SplitUnits {
  private enum Role: UInt8 {
    case alone
    case first
    case copy
  }

  private let copies: CopyGroups
  /// The role of each sample; empty where there are no copies.
  private var roles: [Role] = []

  /// The units that `count` samples form.
  init(count: Int, copies: CopyGroups) {
    self.copies = copies
    guard !copies.isEmpty else { return }
    roles = Array(repeating: .alone, count: count)
    for group in copies {
      for index in group { roles[Int(index)] = .copy }
      roles[Int(group[group.startIndex])] = .first
    }
  }

  /// Whether a sample is the first of a unit.
  func isFirst(_ index: Int) -> Bool { roles.isEmpty || roles[index] != .copy }

  /// The number of samples in the unit of a first sample.
  func size(_ first: SampleIndex) -> Int { group(first)?.count ?? 1 }

  /// Calls `body` with every sample of the unit of a first sample.
  func forEachSample(_ first: SampleIndex, _ body: (SampleIndex) -> Void) {
    guard let group = group(first) else { return body(first) }
    group.forEach(body)
  }

  private func group(_ first: SampleIndex) -> ArraySlice<SampleIndex>? {
    guard !roles.isEmpty, roles[Int(first)] == .first else { return nil }
    return copies.group(startingWith: first)
  }
}

/// The samples of every class in one block of memory, class by class, ascending within each.
struct ClassMembers {
  private var indices: [SampleIndex]
  /// The end of each class in `indices`.
  private let ends: [Int]

  var classCount: Int { ends.count }
  var count: Int { indices.count }

  /// Sorts `count` samples by their labels. A sample whose label is nil is left out. `label` is called twice for each.
  init(count: Int, classCount: Int, label: (Int) -> Int?) {
    var ends = [Int](repeating: 0, count: classCount)
    for index in 0..<count {
      if let label = label(index) { ends[label] += 1 }
    }
    var start = 0
    for label in 0..<classCount { (start, ends[label]) = (start + ends[label], start) }
    indices = [SampleIndex](repeating: 0, count: start)
    for index in 0..<count {
      guard let label = label(index) else { continue }
      indices[ends[label]] = SampleIndex(index)
      ends[label] += 1
    }
    self.ends = ends
  }

  /// Calls `body` with the samples of a class, to reorder them.
  mutating func withClass(_ label: Int, _ body: (UnsafeMutableBufferPointer<SampleIndex>) -> Void) {
    let range = (label > 0 ? ends[label - 1] : 0)..<ends[label]
    indices.withUnsafeMutableBufferPointer { body(UnsafeMutableBufferPointer(rebasing: $0[range])) }
  }
}
