import WhiskerCore

/// The result of verifying a dataset.
public struct Verification: Sendable {
  /// The result of reading one sample.
  public enum Finding: Sendable, Equatable {
    /// It was read.
    case readable(SampleDetails)
    /// It cannot be read, for a reason.
    case unreadable(ErrorText)
  }

  /// One sample.
  public struct File: Sendable, Equatable {
    /// Its path below the root of the dataset.
    public let name: String
    /// The split that it belongs to.
    public let split: DataSource.Split
    /// The name of its class.
    public let className: String
    /// The result of reading it.
    public let finding: Finding

    /// Its description; nil where it cannot be read.
    public var details: SampleDetails? {
      if case .readable(let details) = finding { details } else { nil }
    }

    /// The reason why it cannot be read; nil where it can.
    public var reason: ErrorText? {
      if case .unreadable(let reason) = finding { reason } else { nil }
    }
  }

  /// Samples with the same contents.
  public struct Duplicates: Sendable, Equatable {
    /// The samples, in order.
    public let files: [File]

    /// Whether the copies belong to different splits: a model is then evaluated on pictures that it was trained on.
    public var crossesSplits: Bool { Set(files.map(\.split)).count > 1 }
    /// Whether the copies belong to different classes: at least one label is wrong.
    public var crossesClasses: Bool { Set(files.map(\.className)).count > 1 }
  }

  /// Every sample, in the order of the splits.
  public let files: [File]
  /// Samples with equal contents, in the order of their first.
  public let duplicates: [Duplicates]
  /// The damaged blocks of a tensor cache.
  public let damage: [FileError]
  /// Entries that are never opened, such as symbolic links.
  public let refused: [FileError]
  /// The classes of each split without a readable sample, unless these are allowed.
  public let emptyClasses: [(split: DataSource.Split, className: String)]
  /// The groups with samples in more than one split.
  public let sharedGroups: [SharedGroup]
  /// The number of readable samples in the largest class of the training split, divided by that in the smallest; nil where a
  /// class has none.
  public let imbalance: Double?

  init(source: DataSource, files: [File], damage: [FileError], allowsEmptyClasses: Bool) {
    (self.files, self.damage) = (files, damage)
    (refused, sharedGroups) = (source.refused, source.sharedGroups)
    let readable = files.filter { $0.details != nil }
    let groups = Dictionary(grouping: readable.indices) { readable[$0].details?.fingerprint }
    let copies = groups.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
    duplicates = copies.map { Duplicates(files: $0.map { readable[$0] }) }
    emptyClasses = allowsEmptyClasses ? [] : Self.emptyClasses(of: source, readable)
    let trained = Dictionary(grouping: readable.filter { $0.split == .training }, by: \.className).mapValues(
      \.count)
    let counts = source.classNames.map { trained[$0] ?? 0 }
    imbalance = counts.min().flatMap { $0 > 0 ? Double(counts.max() ?? 0) / Double($0) : nil }
  }

  private static func emptyClasses(
    of source: DataSource, _ readable: [File]
  ) -> [(split: DataSource.Split, className: String)] {
    DataSource.Split.allCases.flatMap { split in
      let present = Set(readable.lazy.filter { $0.split == split }.map(\.className))
      return source.splits[split]?.classNames.filter { !present.contains($0) }.map { (split, $0) } ?? []
    }
  }

  /// The samples that cannot be read.
  public var unreadable: [File] { files.filter { $0.reason != nil } }

  /// Whether nothing needs to be fixed before training. Copies within one class of one split only cost time.
  public var isClean: Bool {
    unreadable.isEmpty && refused.isEmpty && damage.isEmpty && emptyClasses.isEmpty && sharedGroups.isEmpty
      && !duplicates.contains { $0.crossesSplits || $0.crossesClasses }
  }
}
