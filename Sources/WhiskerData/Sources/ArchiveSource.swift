import WhiskerCore

extension DataSource.Kind {
  /// Pictures in a ZIP archive.
  public static let zip = DataSource.Kind(rawValue: "ZIP archive")
  /// Pictures in a tar archive.
  public static let tar = DataSource.Kind(rawValue: "tar archive")
}

extension DataSource {
  /// Whether tar archives with labels beside their pictures are at `path`: one, a folder of them, or a pattern with braces.
  /// - Throws: `FileError` when they cannot be read.
  public static func holdsLabelFiles(_ path: String) throws -> Bool {
    let request = SourceOpener.Request(path, nil, Options())
    if let shards = try ArchiveSource.shards(request) {
      return try LabelFiles(Archive(shards: shards, path: path)) != nil
    }
    guard request.isFile, !RelativePath(bytes: pathBytes(path)).isCalledPicture,
      let archive = try OpenArchives.tree(at: path)?.archive
    else { return false }
    return archive.format == .tar && LabelFiles(archive) != nil
  }
}

extension SourceOpener {
  /// Archives of pictures, read in place: a file, a folder of tar shards, or a pattern with braces that names them.
  static let archive = SourceOpener { request in
    let source = { ArchiveSource(archive: $0, decoder: request.decoder, options: request.options) }
    if let shards = try ArchiveSource.shards(request) {
      return try source(Archive(shards: shards, path: request.path)).openShards()
    }
    guard request.isFile else { return nil }
    // What is opened for its pictures alone was looked into before, and a gzipped archive takes long to expand.
    let archive =
      request.options.acceptsUnlabelled
      ? try OpenArchives.tree(at: request.path)?.archive : try Archive.open(request.path)
    return try archive.flatMap { try source($0).open() }
  }
}

/// Opens an archive of pictures as a data source, as the folder that was packed would be.
private struct ArchiveSource {
  let archive: Archive
  let decoder: ImageDecoder
  let options: DataSource.Options

  private static let shardEnding = ".tar"

  /// The tar archives that a path stands for together; nil for another path.
  /// - Throws: `FileError` when a folder cannot be listed, or a shard is missing.
  static func shards(_ request: SourceOpener.Request) throws -> [String]? {
    guard request.isFolder else {
      guard !request.isFile, let paths = BracePattern.expand(request.path) else { return nil }
      guard let missing = paths.first(where: { !isFile($0) }) else { return paths }
      throw FileError(missing, "is no file, and \(request.path) names it", advice: "Check the pattern")
    }
    var names: [RelativePath] = []
    var holdsOthers = false
    try DiskTree(request.path).forEachEntry(
      of: RelativePath(bytes: []), followsLinks: request.options.followsLinks
    ) { entry in
      guard !entry.name.isIgnored else { return true }
      holdsOthers = entry.kind != .file || !entry.name.bytes.hasSuffix(shardEnding)
      names.append(entry.name)
      return !holdsOthers
    }
    guard !holdsOthers, !names.isEmpty else { return nil }
    return names.sorted().map { pathText($0.absolute(below: request.path)) }
  }

  func openShards() throws -> DataSource {
    try checkOptions()
    guard let labels = LabelFiles(archive) else {
      throw FileError(
        archive.path, "holds no pictures with labels beside them",
        advice: "Shards hold key.jpg beside key.cls, key.txt or key.json. Of other archives, name one")
    }
    return try WebDataset(archive, labels, decoder: decoder, options: options).open()
  }

  func open() throws -> DataSource? {
    try checkOptions()
    if archive.format == .tar, !options.labelsFromNames, let labels = LabelFiles(archive) {
      return try WebDataset(archive, labels, decoder: decoder, options: options).open()
    }
    try checkEntries()
    var (options, notes) = (options, [String]())
    if !options.labelsFromNames, let classes = numberedClasses {
      options.labelsFromNames = true
      let shown = classes.prefix(5).joined(separator: ", ") + (classes.count > 5 ? ", ..." : "")
      notes.append("the labels are from the names of the files (\(shown))")
    }
    return try ImageFolderSource(
      ArchiveTree(archive), kind: archive.format == .zip ? .zip : .tar, decoder: decoder, options: options,
      notes: notes
    ).open()
  }

  private func checkOptions() throws {
    guard options.labelsPath == nil else {
      throw FileError(archive.path, "is an archive, and \(.labels) goes with an IDX file of images")
    }
  }

  /// - Throws: `FileError` when no entry can be opened.
  private func checkEntries() throws {
    guard archive.index.count == 0 else { return }
    guard let first = archive.index.refused.first else { throw FileError(archive.path, "holds no files") }
    throw FileError(archive.path, "holds no entry that can be opened (\(first.text))")
  }

  /// The classes in the names of training pictures in an archive of archives, where every name is a class and a number, as in
  /// `cat.0.jpg`; nil otherwise.
  private var numberedClasses: [String]? {
    guard archive.isNested else { return nil }
    var classes: Set<String> = []
    for position in 0..<archive.index.count where archive.index.entry(position).coding != .folder {
      let name = RelativePath(bytes: Array(archive.index.name(position)))
      let parts = name.bytes.split(separator: UInt8(ascii: "/")).map { RelativePath(bytes: Array($0)) }
      guard parts.count > 1, SplitName.split(parts[0]) == .training, !parts.contains(where: \.isIgnored)
      else {
        continue
      }
      guard let className = name.numberedClass else { return nil }
      classes.insert(className)
    }
    return classes.count > 1 ? classes.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } : nil
  }
}

extension RelativePath {
  /// The class in a name such as `cat.0.jpg`; nil for other names.
  fileprivate var numberedClass: String? {
    let parts = lastPart.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3, isCalledPicture, !parts[1].isEmpty,
      parts[1].allSatisfy({ (0x30...0x39).contains($0) }), classInName?.utf8.elementsEqual(parts[0]) ?? false
    else { return nil }
    return classInName
  }
}
