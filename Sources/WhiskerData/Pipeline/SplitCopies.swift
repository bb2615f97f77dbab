import WhiskerCore

/// The samples of a dataset that have the same stored contents, by splits.
package struct SplitCopies: Sendable {
  /// The copies within the training split.
  package let training: CopyGroups
  /// How many samples of the other splits are copies of training samples. Splits without any are left out.
  package let across: [DataSource.Split: Int]
}

/// A group with samples in more than one split.
public struct SharedGroup: Sendable, Equatable {
  /// Its name, or its number where it has none.
  public let name: String
  /// The splits.
  public let splits: [DataSource.Split]
}

extension DataSource {
  /// The samples with the same stored contents.
  /// - Parameter acrossSplitsOnly: Whether the copies within the training split are not wanted, and not looked for.
  /// - Throws: `ResourceError` when the machine runs out of something.
  package func copies(acrossSplitsOnly: Bool, readAhead: ReadAhead) throws -> SplitCopies {
    guard let training = splits[.training] else { return SplitCopies(training: .none, across: [:]) }
    guard let joined = JoinedSplits(self) else {
      return SplitCopies(
        training: acrossSplitsOnly ? .none : try training.copies(readAhead: readAhead), across: [:])
    }
    let groups = try FileCopies(
      count: joined.dataset.count, samples: StoredSamples(joined.dataset), readAhead: readAhead,
      border: acrossSplitsOnly ? training.count : nil
    ).find()
    var within: [CopyGroups.Copy] = []
    var across: [Split: Int] = [:]
    for group in groups {
      guard let first = group.first, first < training.count else { continue }
      for index in group.dropFirst() {
        if index < training.count {
          within.append(.init(first: first, index: index))
        } else {
          across[joined.split(of: Int(index)), default: 0] += 1
        }
      }
    }
    return SplitCopies(training: acrossSplitsOnly ? .none : CopyGroups(within), across: across)
  }

  /// The groups with samples in more than one split, in the order of their first samples.
  public var sharedGroups: [SharedGroup] {
    guard splits.values.contains(where: { $0.grouped != nil }), let joined = JoinedSplits(self) else {
      return []
    }
    var found: [Int: [Split]] = [:]
    var order: [Int] = []
    for index in 0..<joined.dataset.count {
      guard let group = joined.dataset.group(at: index) else { continue }
      let split = joined.split(of: index)
      if found[group] == nil { order.append(group) }
      // The splits follow each other.
      if found[group]?.last != split { found[group, default: []].append(split) }
    }
    return order.compactMap { group in
      guard let splits = found[group], splits.count > 1 else { return nil }
      return SharedGroup(name: joined.dataset.name(ofGroup: group), splits: splits)
    }
  }
}

/// The splits of a dataset as they are stored, one after the other.
private struct JoinedSplits {
  let dataset: JoinedDataset
  private let splits: [DataSource.Split]

  /// Nil for a dataset of one split, and for datasets of the caller's own, of which only the samples are known.
  init?(_ source: DataSource) {
    splits = DataSource.Split.allCases.filter { source.splits[$0] != nil }
    let parts = splits.compactMap { source.splits[$0]?.asStored }
    guard parts.count > 1, parts.allSatisfy({ $0 is any StoredDataset }) else { return nil }
    dataset = JoinedDataset(parts.map { JoinedDataset.Part($0) }, classNames: source.classNames)
  }

  func split(of index: Int) -> DataSource.Split {
    splits[dataset.place(of: index).part]
  }
}
