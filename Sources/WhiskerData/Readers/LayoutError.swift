import WhiskerTensor

/// A folder of pictures that leaves open what its classes are, and what the caller may say about it.
public struct LayoutError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What settles it, besides another layout.
  public enum Remedy: Sendable, Equatable {
    /// The folders are the classes: `DataSource.Options.classNames`.
    case classNames([String])
    /// The files' names start with these classes: `DataSource.Options.labelsFromNames`.
    case labelsFromNames([String])
  }

  /// What was found, and how it should look.
  public let error: FileError
  /// What settles it.
  public let remedy: Remedy

  init(_ error: FileError, _ remedy: Remedy) { (self.error, self.remedy) = (error, remedy) }

  /// How many classes are listed.
  private static let classesShown = 5

  /// The error and the remedy, a sentence each.
  public var description: String { "\(error). \(remedyText)" }

  /// The remedy in words, without a full stop.
  private var remedyText: String {
    switch remedy {
    case .classNames: "If they all are classes, name the classes in their order"
    case .labelsFromNames(let classes):
      "If the names of the files start with their classes ("
        + classes.prefix(Self.classesShown).joined(separator: ", ")
        + (classes.count > Self.classesShown ? ", ..." : "") + "), take the labels from the names"
    }
  }
}
