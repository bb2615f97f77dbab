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

  /// Lists a folder of `tree`; the root itself where it is empty.
  /// - Throws: `FileError` when it cannot be read.
  init(_ tree: any FileTree, _ folder: RelativePath, followsLinks: Bool) throws {
    var entries = try tree.entries(of: folder, followsLinks: followsLinks)
    for entry in entries where entry.name.isIgnored { passedOver.add(ignored: entry.name) }
    entries.removeAll { $0.name.isIgnored }
    var traces = RunTraces()
    for entry in entries { traces.add(entry) }
    isRun = traces.areRun(in: tree, folder)
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
          OwnFiles.isTensorFile(folder.appending(entry.name), in: tree)
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
