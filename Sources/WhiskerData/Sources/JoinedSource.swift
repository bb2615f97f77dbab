import WhiskerCore

extension DataSource {
  /// The samples of several sources, one source after the other. Classes and splits are joined by name.
  /// - Parameter options: The order of the classes, and whether a class may be empty.
  /// - Throws: `FileError` when they do not fit each other.
  static func joined(_ sources: [DataSource], _ options: Options) throws -> DataSource {
    let paths = sources.map(\.path)
    if let cache = sources.first(where: { $0.kind == .cache }) {
      throw FileError(
        cache.path, "is a tensor cache, which cannot be joined with other data",
        advice: "Name the pictures, or preprocess all of them into one cache")
    }
    let preprocessing = sources[0].preprocessing.kept
    guard sources.allSatisfy({ $0.preprocessing.kept == preprocessing }) else {
      throw FileError(paths[0], "has samples of another size or colours than the other data")
    }
    let divided = sources.map { Set($0.splits.keys) != [.training] }
    if let plain = divided.firstIndex(of: false), let other = divided.firstIndex(of: true) {
      throw FileError(
        paths[plain], "has no splits, but \(paths[other]) has",
        advice: "Divide both into train, val and test, or name the folders of one split")
    }
    let names = try classNames(of: sources, options)
    let labels = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    let prefixes = prefixes(of: paths)
    let parts = Split.allCases.map { split in
      zip(sources, prefixes).compactMap { source, prefix -> JoinedDataset.Part? in
        guard let dataset = source.splits[split] else { return nil }
        var part = JoinedDataset.Part(dataset.kept)
        part.prefix = pathBytes(prefix) + [UInt8(ascii: "/")]
        part.labels = source.classNames.map { labels[$0] }
        return part
      }
    }
    // A cache stores the numbers of groups, which mean the same group in all splits.
    let groups = parts.joined().flatMap(\.groupNames)
    var splits: [Split: any Dataset] = [:]
    for (split, parts) in zip(Split.allCases, parts) where !parts.isEmpty {
      splits[split] = JoinedDataset(parts, classNames: names, groups: groups)
    }
    let kinds = sources.map(\.kind.rawValue)
    return DataSource(
      path: paths.joined(separator: ", "),
      kind: Set(kinds).count == 1 ? sources[0].kind : Kind(rawValue: kinds.joined(separator: " and ")),
      classNames: names, preprocessing: preprocessing, splits: splits,
      notes: zip(sources, prefixes).flatMap { source, prefix in
        let count = source.splits.values.reduce(0) { $0 + $1.count }
        return ["\(prefix)/: \(counted(count, "picture")) of \(source.path)"]
          + source.notes.map { "\(prefix)/: \($0)" }
      }, refused: sources.flatMap(\.refused))
  }

  private static func classNames(of sources: [DataSource], _ options: Options) throws -> [String] {
    let found = Set(sources.flatMap(\.classNames))
    guard let names = options.classNames, options.classChanges == nil else {
      return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
    guard Set(names) == found, names.count == found.count else {
      throw FileError(
        sources[0].path,
        "and the other data have the classes \(found.sorted().prefix(20).joined(separator: ", "))",
        advice: "Name each of them once with \(.classNames)")
    }
    return names
  }

  /// Checks that no path is that of another, or inside another.
  /// - Throws: `FileError` if one is.
  static func checkPaths(_ paths: [String]) throws {
    let resolved = paths.map { FolderIdentity.resolved(pathBytes($0)) }
    for (index, path) in resolved.enumerated() {
      for (other, folder) in resolved.enumerated() where index != other {
        guard path.starts(with: folder), !folder.isEmpty else { continue }
        if path.count == folder.count {
          throw FileError(paths[max(index, other)], "is given twice", advice: "Name each dataset once")
        }
        guard path[folder.count] == UInt8(ascii: "/") || folder.last == UInt8(ascii: "/") else { continue }
        throw FileError(
          paths[index], "is inside \(paths[other]), which is given too", advice: "Name only one of them")
      }
    }
  }

  /// What the names of the samples of each source start with: the last part of its path, or all of the path where that is not
  /// unique.
  private static func prefixes(of paths: [String]) -> [String] {
    let names = paths.map { path in
      let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
      let name = lastPart(of: trimmed)
      return [".", "..", ""].contains(name) ? trimmed : name
    }
    return Set(names).count == names.count ? names : paths
  }
}
