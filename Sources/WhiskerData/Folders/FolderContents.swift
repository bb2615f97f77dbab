import WhiskerCore

/// The entries of one folder that may be data, and the ignored ones.
struct FolderContents {
  /// The folders, in plain byte order.
  private(set) var folders: [RelativePath] = []
  /// The regular files, in plain byte order.
  private(set) var files: [RelativePath] = []
  private(set) var passedOver = PassedOver()
  /// Whether it is the folder of a run or a sweep, whose own files and folders are ignored.
  let isRun: Bool

  /// Lists `folder` below `root`; the root itself where it is empty.
  /// - Throws: `FileError` when it cannot be read.
  init(root: String, _ folder: RelativePath, followsLinks: Bool) throws {
    let path = folder.absolute(below: root)
    var entries = try FolderEntry.list(path, followsLinks: followsLinks)
    for entry in entries where entry.name.isIgnored { passedOver.add(ignored: entry.name) }
    entries.removeAll { $0.name.isIgnored }
    var traces = RunTraces()
    for entry in entries { traces.add(entry) }
    isRun = traces.areRun(in: path)
    for entry in entries {
      guard !isRun || !RunTraces.isPart(entry.name) else {
        passedOver.own.append(folder.appending(entry.name))
        continue
      }
      switch entry.kind {
      case .folder: folders.append(entry.name)
      case .file:
        // The name is checked first, so that no path is built for each of a million.
        guard entry.name.bytes.hasSuffix(OwnFiles.tensorEnding),
          OwnFiles.isTensorFile(folder.appending(entry.name).absolute(below: root))
        else {
          files.append(entry.name)
          continue
        }
        passedOver.own.append(folder.appending(entry.name))
      default: passedOver.refused += [entry.refusal(below: folder)].compactMap { $0 }
      }
    }
  }
}
