import WhiskerCore

/// New names of classes, and the classes to drop. Several classes with the same new name become one.
public struct ClassChanges: Sendable, Codable, Equatable {
  /// The change of one class.
  public struct Change: Sendable, Codable, Equatable {
    /// The name in the dataset.
    public let old: String
    /// The new name; nil to leave out the samples of the class.
    public let new: String?

    /// A new name for a class; nil to leave out its samples.
    public init(_ old: String, to new: String?) { (self.old, self.new) = (old, new) }
  }

  /// The changes, each of another class.
  public let changes: [Change]

  /// Some changes, each of another class.
  public init(_ changes: [Change]) { self.changes = changes }

  /// The new name of each class; nil where its samples are left out.
  /// - Throws: `FileError` for a change of a class that is not there.
  func newNames(of classNames: [String], in path: String) throws -> [String?] {
    let known = Set(classNames)
    if let unknown = changes.first(where: { !known.contains($0.old) }) {
      let near = nearestName(to: unknown.old, among: classNames).map { "Is \($0) meant?" }
      throw FileError(
        path, "has no class \(unknown.old), which \(.classChanges) changes",
        advice: near.map { ErrorText($0) })
    }
    let new = Dictionary(uniqueKeysWithValues: changes.map { ($0.old, $0.new) })
    return classNames.map { new.keys.contains($0) ? new[$0] ?? nil : $0 }
  }
}
