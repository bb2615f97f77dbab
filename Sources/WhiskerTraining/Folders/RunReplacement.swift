import Glibc
import WhiskerCore

/// The replacement of a run by a new one in the same folder. The old run stays whole until the new one has its first
/// checkpoint.
///
/// The new run is kept in a hidden folder inside the old one's, its draft. With the first checkpoint the draft is renamed,
/// and from that moment the old run is gone: its files are removed, and those of the draft are moved to their places.
/// The next process that opens the folder after a kill completes this, as every step can be repeated.
extension RunFolder {
  private static let draftName = "/.whisker-draft~"
  /// The new run before its first checkpoint.
  private var draftPath: String { path + Self.draftName }
  /// The new run after its first checkpoint, while files of the old one may still exist.
  private var readyPath: String { path + "/.whisker-ready~" }
  /// The new run after the old one was removed, while its files are moved.
  private var movingPath: String { path + "/.whisker-moving~" }

  /// The folder of the new run until it replaces the old one; nil if it replaces none.
  var draft: RunFolder? { replacesRun ? RunFolder(path: draftPath) : nil }

  /// The folder of the run after it has replaced the old one.
  package var finalPath: String { path.replacing(Self.draftName, with: "") }

  /// Replaces the old run by the draft.
  /// - Throws: `FileError` when files cannot be moved. The rest is done when the folder is opened again.
  func replace() throws {
    guard rename(draftPath, readyPath) == 0 else {
      throw FileError(path, systemError: errno, doing: "cannot be replaced")
    }
    try completeReplacement()
  }

  /// Removes the draft of a run without a checkpoint.
  func discardDraft() { removeTree(draftPath) }

  /// Repairs the folder after a kill: completes a replacement that has begun, and removes the leftovers of a
  /// draft and of unfinished files. Only for the process that has locked the folder.
  /// - Throws: `FileError` when files cannot be moved.
  func tidy() throws {
    try completeReplacement()
    discardDraft()
    removeLeftovers()
  }

  /// Completes a replacement that a killed process has begun, unless another process does.
  static func completeReplacement(in path: String) {
    let folder = RunFolder(path: path)
    // A link could lead to another user's files.
    guard folder.isBeingReplaced, (try? folder.checkLinks()) != nil, let lock = try? RunLock(folder.path)
    else { return }
    try? withExtendedLifetime(lock) { try folder.completeReplacement() }
  }

  private var isBeingReplaced: Bool { access(readyPath, F_OK) == 0 || access(movingPath, F_OK) == 0 }

  private func completeReplacement() throws {
    if access(readyPath, F_OK) == 0 {
      let new = SweepFolder(RunFolder(path: readyPath))
      SweepFolder(self).clear(new.configuration)
      guard rename(readyPath, movingPath) == 0 else {
        throw FileError(path, systemError: errno, doing: "cannot be replaced")
      }
    }
    if access(movingPath, F_OK) == 0 { try moveEntries(of: movingPath, to: path) }
  }

  /// Moves the contents of a folder into another one, which may have folders of the same names, and removes the empty folder.
  private func moveEntries(of source: String, to target: String) throws {
    for name in folderEntries(source) {
      let (from, to) = (source + "/" + name, target + "/" + name)
      guard rename(from, to) != 0 else { continue }
      guard errno == ENOTEMPTY || errno == EEXIST else {
        throw FileError(to, systemError: errno, doing: "cannot be replaced")
      }
      try moveEntries(of: from, to: to)
    }
    rmdir(source)
  }
}

/// Removes a folder with all that is in it. Links are removed, not followed.
private func removeTree(_ path: String) {
  guard unlink(path) != 0, errno == EISDIR || errno == EPERM else { return }
  for name in folderEntries(path) { removeTree(path + "/" + name) }
  rmdir(path)
}
