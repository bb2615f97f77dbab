import WhiskerTensor

/// What is right and wrong with a data set.
public struct Verification: Sendable {
  /// What became of reading one sample.
  public enum Finding: Sendable, Equatable {
    /// It was read.
    case readable(SampleDetails)
    /// Why it cannot be read.
    case unreadable(String)
  }

  /// One sample.
  public struct File: Sendable, Equatable {
    /// Its path below the data set's root.
    public let name: String
    /// The part that it belongs to.
    public let part: DataSource.Part
    /// The name of its class.
    public let className: String
    /// What became of reading it.
    public let finding: Finding

    /// What is known of it; nil where it cannot be read.
    public var details: SampleDetails? {
      if case .readable(let details) = finding { details } else { nil }
    }

    /// Why it cannot be read; nil where it can.
    public var reason: String? {
      if case .unreadable(let reason) = finding { reason } else { nil }
    }
  }

  /// Samples with the same contents.
  public struct Duplicates: Sendable, Equatable {
    /// The samples, in order.
    public let files: [File]

    /// Whether the copies belong to different parts: what a model is measured on was then trained on.
    public var crossesParts: Bool { Set(files.map(\.part)).count > 1 }
    /// Whether the copies belong to different classes: one label at least is wrong.
    public var crossesClasses: Bool { Set(files.map(\.className)).count > 1 }
  }

  /// Every sample, in the order of the parts.
  public let files: [File]
  /// Samples with equal contents, in the order of their first.
  public let duplicates: [Duplicates]
  /// The places where a tensor cache is not as it was written.
  public let damage: [FileError]
  /// Entries that are never opened, such as symbolic links.
  public let refused: [FileError]
  /// The classes of each part that have no sample that can be read, unless such are allowed.
  public let emptyClasses: [(part: DataSource.Part, className: String)]
  /// The readable samples of the largest class of the training part, for each one of the smallest; nil where a class
  /// has none.
  public let imbalance: Double?

  init(source: DataSource, files: [File], damage: [FileError], allowsEmptyClasses: Bool) {
    (self.files, self.damage) = (files, damage)
    refused = source.refused
    let readable = files.filter { $0.details != nil }
    let groups = Dictionary(grouping: readable.indices) { readable[$0].details?.fingerprint }
    let copies = groups.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
    duplicates = copies.map { Duplicates(files: $0.map { readable[$0] }) }
    emptyClasses = allowsEmptyClasses ? [] : Self.emptyClasses(of: source, readable)
    let trained = Dictionary(grouping: readable.filter { $0.part == .training }, by: \.className).mapValues(
      \.count)
    let counts = source.classNames.map { trained[$0] ?? 0 }
    imbalance = counts.min().flatMap { $0 > 0 ? Double(counts.max() ?? 0) / Double($0) : nil }
  }

  private static func emptyClasses(
    of source: DataSource, _ readable: [File]
  ) -> [(part: DataSource.Part, className: String)] {
    DataSource.Part.allCases.flatMap { part in
      let present = Set(readable.lazy.filter { $0.part == part }.map(\.className))
      return source.parts[part]?.classNames.filter { !present.contains($0) }.map { (part, $0) } ?? []
    }
  }

  /// The samples that cannot be read.
  public var unreadable: [File] { files.filter { $0.reason != nil } }

  /// Whether there is nothing that should be mended before training. Copies within one class of one part only cost time.
  public var isClean: Bool {
    unreadable.isEmpty && refused.isEmpty && damage.isEmpty && emptyClasses.isEmpty
      && !duplicates.contains { $0.crossesParts || $0.crossesClasses }
  }
}
