import Glibc
import WhiskerTensor

/// How a run takes the place of an older one in the same folder, which stays whole until the new run has its first
/// checkpoint.
///
/// The new run is kept in a hidden folder inside the old one's, its draft. With the first checkpoint the draft is renamed,
/// and from that moment the old run is over: its files are removed, and those of the draft are moved to where they were.
/// Whoever looks at the folder after a kill completes this, as every step can be done again.
extension RunFolder {
  private static let draftName = "/.whisker-draft~"
  /// Where the new run is kept before its first checkpoint.
  private var draftPath: String { path + Self.draftName }
  /// The new run once it has its first checkpoint, while files of the old one may still be there.
  private var readyPath: String { path + "/.whisker-ready~" }
  /// The new run once the old one is gone, while its files are moved.
  private var movingPath: String { path + "/.whisker-moving~" }

  /// The folder that the new run is kept in for now; nil where it replaces none.
  var draft: RunFolder? { replacesRun ? RunFolder(path: draftPath) : nil }

  /// The folder that the run is in once it has replaced an older one.
  var finalPath: String { path.replacing(Self.draftName, with: "") }

  /// Puts the draft in the place of the old run.
  /// - Throws: `FileError` when files cannot be moved. What is left to be done is done when the folder is opened again.
  func replace() throws {
    guard rename(draftPath, readyPath) == 0 else {
      throw FileError(path, systemError: errno, doing: "cannot be replaced")
    }
    try completeReplacement()
  }

  /// Removes the draft of a run that came to nothing.
  func discardDraft() { removeTree(draftPath) }

  /// Makes the folder what it is to be after a kill: completes a replacement that has begun, and removes what is left of a
  /// draft and of files that were being written. Only for whoever has locked the folder.
  /// - Throws: `FileError` when files cannot be moved.
  func tidy() throws {
    try completeReplacement()
    discardDraft()
    removeLeftovers()
  }

  /// Completes a replacement that a killed process has begun, unless somebody else is about to.
  static func completeReplacement(in path: String) {
    let folder = RunFolder(path: path)
    // A link in it could lead to files of somebody else.
    guard folder.isBeingReplaced, (try? folder.checkLinks()) != nil, let lock = try? RunLock(folder.path)
    else { return }
    try? withExtendedLifetime(lock) { try folder.completeReplacement() }
  }

  private var isBeingReplaced: Bool { access(readyPath, F_OK) == 0 || access(movingPath, F_OK) == 0 }

  private func completeReplacement() throws {
    if access(readyPath, F_OK) == 0 {
      let new = SweepFolder(RunFolder(path: readyPath))
      SweepFolder(self).clear((try? SweepRecord(new))?.configuration)
      guard rename(readyPath, movingPath) == 0 else {
        throw FileError(path, systemError: errno, doing: "cannot be replaced")
      }
    }
    if access(movingPath, F_OK) == 0 { try moveEntries(of: movingPath, to: path) }
  }

  /// Moves what is in a folder into another one, which may have folders of the same names, and removes the empty folder.
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
