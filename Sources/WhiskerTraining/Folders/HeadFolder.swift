import Glibc
import WhiskerCore

/// The run of a head in the folder of a run whose layers are fine-tuned after that.
extension RunFolder {
  static let headName = "head"

  /// The run of the head, existing or not.
  public var head: RunFolder { RunFolder(path: "\(path)/\(Self.headName)") }

  /// Whether the head is trained, and the training of all layers has not begun.
  public var isTrainingHead: Bool {
    access(arguments, F_OK) != 0 && access(head.arguments, F_OK) == 0
  }

  /// Makes and locks the folder of the head's run.
  /// - Throws: `FileError` when it cannot be made.
  public func makeHead() throws -> RunFolder { try .at((draft ?? self).head.path, overwrites: true) }

  /// The run after it has replaced an older one.
  public var final: RunFolder { RunFolder(path: finalPath) }

  /// Replaces an older run, if there is one, by the run of the head that has been trained.
  /// - Throws: `FileError` when files cannot be moved. The rest is done when the folder is opened again.
  public mutating func keepHead() throws {
    guard let draft, draft.head.holdsModel else { return }
    try replace()
    replacesRun = false
  }
}
