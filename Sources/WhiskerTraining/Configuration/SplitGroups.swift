import WhiskerCore
import WhiskerData

/// The samples of a dataset that stay on one side of a split.
struct SplitGroups: Sendable {
  /// Copies, joined with the samples of one named group.
  let groups: CopyGroups
  /// How many samples are copies of others.
  let copyCount: Int
  /// The number of names of groups in the paths, or of the dataset's own groups; nil without either.
  let namedCount: Int?

  /// Nothing stays together.
  static let none = SplitGroups(groups: .none, copyCount: 0, namedCount: nil)

  private init(groups: CopyGroups, copyCount: Int, namedCount: Int?) {
    (self.groups, self.copyCount, self.namedCount) = (groups, copyCount, namedCount)
  }

  /// The groups of the samples of `dataset`.
  /// They are those that the pattern of the configuration names, or else the dataset's own.
  /// - Throws: `FileError` when a file cannot be read; `TrainingError` when the pattern of the configuration is malformed or
  ///   does not match every path.
  init(_ dataset: any Dataset, _ configuration: TrainingConfiguration) throws {
    let copies = try dataset.copies(readAhead: configuration.readAhead)
    copyCount = copies.copyCount
    let pattern = try configuration.data.groupPattern.map(GroupPattern.init)
    let grouped = dataset.grouped
    guard pattern != nil || grouped != nil else {
      (groups, namedCount) = (copies, nil)
      return
    }
    var names: Set<String> = []
    groups = try copies.joined(count: dataset.count) { index in
      // A pattern replaces the groups that the dataset has.
      let name =
        try pattern.map { try $0.group(of: dataset.name(at: index)) }
        ?? grouped?.group(at: index).map { String($0) }
      if let name { names.insert(name) }
      return name
    }
    namedCount = names.count
  }
}
