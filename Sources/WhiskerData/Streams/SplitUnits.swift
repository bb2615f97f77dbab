/// What a split puts on one side as a whole: a sample that has no copies, or a group of copies.
///
/// A unit goes by its first sample, whose class is its own.
struct SplitUnits {
  private enum Role: UInt8 {
    case alone
    case first
    case copy
  }

  private let copies: CopyGroups
  /// What each sample is; empty where there are no copies.
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
