import WhiskerCore

extension DataSource.Kind {
  /// A tensor cache, made by `CacheBuilder`.
  public static let cache = DataSource.Kind(rawValue: "tensor cache")
}

extension SourceOpener {
  /// Tensor caches. They look at a path first, as a folder of shards would pass for one without pictures.
  static let tensorCache = SourceOpener { request in
    try CacheSource.files(at: request.path).map {
      try CacheSource(path: request.path, preprocessing: request.preprocessing, options: request.options)
        .open($0)
    }
  }
}

extension DataSource {
  /// Whether a tensor cache of one file is at `path`, even a damaged one.
  public static func isCache(_ path: String) -> Bool { isFile(path) && TensorCache.claimsToBeCache(path) }

  /// Whether a tensor cache, a folder of its shards or a pattern that matches them is at `path`.
  /// - Throws: `FileError` when the path cannot be read.
  public static func holdsCache(_ path: String) throws -> Bool { try CacheSource.files(at: path) != nil }

  /// The preprocessing of the pictures in the tensor cache at `path`; nil where no cache is.
  /// - Throws: `FileError` when the cache is damaged.
  public static func cachedPreprocessing(at path: String) throws -> Preprocessing? {
    try CacheSource.files(at: path)?.first.map { try TensorCache($0).manifest.preprocessing }
  }
}

/// Opens tensor caches as a data source: one file, a folder of shards, or a pattern that matches them.
private struct CacheSource {
  let path: String
  /// The wanted preprocessing; nil for that of the cache.
  let preprocessing: Preprocessing?
  let options: DataSource.Options

  /// The files of the cache at `path`; nil where there is something else.
  /// - Throws: `FileError` when the path cannot be read.
  static func files(at path: String) throws -> [String]? {
    if isFile(path) { return try TensorCache.isSafetensors(path) ? [path] : nil }
    guard isFolder(path) else { return matches(of: path) }
    // A folder of shards holds no other files, and no pictures in its folders: a cache beside MNIST's files or beside
    // pictures must not replace them.
    var files: [RelativePath] = []
    var folders: [RelativePath] = []
    try FolderEntry.forEach(in: pathBytes(path), followsLinks: true) { entry in
      guard !entry.name.isIgnored else { return true }
      if entry.kind == .folder { folders.append(entry.name) }
      guard entry.kind == .file else { return true }
      files.append(entry.name)
      // The first file with another name decides: of a million, no more are listed.
      return entry.name.description.hasSuffix(OwnFiles.tensorEnding)
    }
    let paths = files.sorted().map { pathText($0.absolute(below: path)) }
    let holdsPictures = { (folder: RelativePath) in
      OwnFiles.verdict(on: folder, in: DiskTree(path)) == .pictures
    }
    return areCaches(paths) && !folders.contains(where: holdsPictures) ? paths : nil
  }

  /// Whether the files are caches by their names, and at least one of them, unlike a model, also by its contents.
  private static func areCaches(_ files: [String]) -> Bool {
    files.allSatisfy { $0.hasSuffix(OwnFiles.tensorEnding) } && files.contains(where: DataSource.isCache)
  }

  /// Opens the caches at `files`, which belong together.
  /// - Throws: `FileError` when one of them is damaged or missing, or does not fit the others or the options.
  func open(_ files: [String]) throws -> DataSource {
    let caches = try files.map { try TensorCache($0) }.sorted {
      $0.manifest.shard.index < $1.manifest.shard.index
    }
    try checkShards(caches)
    let manifest = caches[0].manifest
    try check(manifest)
    let datasets = manifest.splits.map { CachedDataset(caches, split: $0.split) }
    for dataset in datasets { try dataset.checkFeatures() }
    let skipped = caches.reduce(0) { $0 + $1.skipped.count }
    let source = DataSource(
      path: path, kind: .cache, classNames: manifest.classNames, preprocessing: manifest.preprocessing.kept,
      splits: Dictionary(uniqueKeysWithValues: datasets.map { ($0.split, $0) }),
      notes: skipped > 0 ? ["\(counted(skipped, "file")) could not be read when the cache was made"] : [])
    // The size of all of them together decides.
    let size = caches.reduce(0) { $0 + $1.size }
    for cache in caches { cache.expectRandomReads(isLarge: size > MemoryBudget.available / 2) }
    return source.resized(to: preprocessing ?? manifest.preprocessing)
  }

  private static func matches(of pattern: String) -> [String]? {
    guard
      pattern.utf8.contains(where: {
        $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[")
      })
    else { return nil }
    let files = pathsMatching(pattern)
    return areCaches(files) ? files : nil
  }

  private func checkShards(_ caches: [TensorCache]) throws {
    let first = caches[0].manifest
    if let other = caches.first(where: { !$0.manifest.belongs(with: first) }) {
      throw FileError(
        other.path, "does not belong to the same dataset as \(caches[0].path)",
        advice: "Name one cache, or make the shards again from the same files with the same options")
    }
    let count = first.shard.count
    let present = caches.map(\.manifest.shard.index)
    if let twice = zip(caches, caches.dropFirst()).first(where: { $0.manifest.shard == $1.manifest.shard }) {
      throw FileError(twice.1.path, "is the same shard as \(twice.0.path)", advice: "Name one of them")
    }
    let missing = Set(1...count).subtracting(present).sorted()
    guard missing.isEmpty else {
      let names =
        missing.prefix(10).map(String.init).joined(separator: ", ") + (missing.count > 10 ? ", ..." : "")
      throw FileError(
        path, "lacks \(counted(missing.count, "shard")) of \(count): \(names)",
        advice: caches.count == 1
          ? "Name the folder of the shards, or a pattern that matches all of them"
          : "Make them by preprocessing the data with \(.shard) \(missing[0])/\(count)")
    }
    for split in first.splits where !follow(caches, split.split, total: split.total) {
      throw FileError(path, "has shards that do not follow each other", advice: "Make them again")
    }
  }

  /// Whether the samples of a split in all files are all of them, each once.
  private func follow(_ caches: [TensorCache], _ split: DataSource.Split, total: Int) -> Bool {
    var next = 0
    for cache in caches {
      guard let entry = cache.manifest.splits.first(where: { $0.split == split }), entry.first == next else {
        return false
      }
      next += entry.listed
    }
    return next == total
  }

  private func check(_ manifest: CacheManifest) throws {
    guard options.labelsPath == nil else {
      throw FileError(path, "is a tensor cache, and \(.labels) goes with an IDX file of images")
    }
    guard !options.labelsFromNames else {
      throw FileError(path, "is a tensor cache, which has the labels that it was made with")
    }
    if let names = options.classNames, names != manifest.classNames {
      throw FileError(
        path, "has the classes \(manifest.classNames.joined(separator: ", ")), in this order",
        advice: "Make it again by preprocessing the data with \(.classNames)")
    }
    guard let preprocessing, preprocessing.kept != manifest.preprocessing.kept else { return }
    guard let features = manifest.preprocessing.features, preprocessing.features == nil else {
      throw FileError(
        path, "holds \(manifest.preprocessing.contents), but \(preprocessing) is wanted",
        advice: "Make it again with the options wanted")
    }
    throw FileError(
      path, "holds \(features), not pictures",
      advice: "Name the pictures; only a training with \(Setting.backbone) reads features")
  }
}

extension CacheManifest {
  /// Whether two files are shards of one dataset.
  fileprivate func belongs(with other: CacheManifest) -> Bool {
    classNames == other.classNames && preprocessing == other.preprocessing && origin == other.origin
      && shard.count == other.shard.count && splits.map(\.split) == other.splits.map(\.split)
      && splits.map(\.total) == other.splits.map(\.total)
  }
}
