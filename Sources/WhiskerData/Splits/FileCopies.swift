import WhiskerCore

/// Finds the files with equal contents while reading as little as possible: only files of the same size can be equal, and most
/// of those differ in their middle or at their end, where compressed pictures differ most.
struct FileCopies {
  /// The number of files.
  let count: Int
  let listed: ListedFiles
  let readAhead: ReadAhead
  let tree: any FileTree
  let path: @Sendable (Int) -> RelativePath
  /// The fingerprint of all of a file; nil where it cannot be read.
  let fingerprint: @Sendable (Int) throws -> Fingerprint?

  /// A file with what it must have in common with a copy.
  private struct Suspect<Key: Sendable & Comparable>: Sendable, Comparable {
    let key: Key
    let index: SampleIndex

    static func < (left: Self, right: Self) -> Bool { (left.key, left.index) < (right.key, right.index) }
  }

  /// The files with equal contents. Empty ones and those that cannot be read are no copies.
  /// - Throws: `ResourceError` when the machine runs out of something.
  func find() throws -> CopyGroups {
    let equalSizes = try filesOfEqualSizes()
    let equalExcerpts = try narrow(equalSizes, chunk: 128, excerpt)
    var copies: [CopyGroups.Copy] = []
    var first: Suspect<Fingerprint>?
    for suspect in try narrow(equalExcerpts, chunk: 16, { try fingerprint(Int($0.index)) }) {
      if let first, first.key == suspect.key {
        copies.append(.init(first: first.index, index: suspect.index))
      } else {
        first = suspect
      }
    }
    return CopyGroups(copies)
  }

  private func filesOfEqualSizes() throws -> [Suspect<UInt32>] {
    var files: [Suspect<UInt32>] = []
    let size = { @Sendable (index: Int) -> Int? in
      let path = path(index)
      do {
        return try listed.attempt(path.absolute(below: tree.root)) { try tree.size(of: path) }
      } catch let error where !(error is ResourceError) {
        return nil
      }
    }
    try readAhead.inOrder(count, chunk: 256, compute: size) { index, size in
      guard let size, (1...ImageDecoder.fileSizeLimit).contains(size) else { return }
      files.append(Suspect(key: UInt32(size), index: SampleIndex(index)))
    }
    return Self.repeated(files)
  }

  /// The files that also have the same fingerprint as another.
  private func narrow<Key>(
    _ files: [Suspect<Key>], chunk: Int,
    _ fingerprint: @escaping @Sendable (Suspect<Key>) throws -> Fingerprint?
  ) throws -> [Suspect<Fingerprint>] {
    var suspects: [Suspect<Fingerprint>] = []
    try readAhead.inOrder(files.count, chunk: chunk, compute: { try fingerprint(files[$0]) }) { place, key in
      if let key { suspects.append(Suspect(key: key, index: files[place].index)) }
    }
    return Self.repeated(suspects)
  }

  /// The files that have the same key as another, those with the same key beside each other and ascending.
  private static func repeated<Key>(_ files: consuming [Suspect<Key>]) -> [Suspect<Key>] {
    var sorted = files
    sorted.sort()
    return sorted.indices.filter { place in
      (place > 0 && sorted[place - 1].key == sorted[place].key)
        || (place + 1 < sorted.count && sorted[place + 1].key == sorted[place].key)
    }.map { sorted[$0] }
  }

  /// The fingerprint of a file's size and of an excerpt.
  @Sendable private func excerpt(of file: Suspect<UInt32>) throws -> Fingerprint? {
    do {
      let path = path(Int(file.index))
      let bytes = try listed.attempt(path.absolute(below: tree.root)) { try tree.excerpt(of: path) }
      let sizeBytes = withUnsafeBytes(of: file.key) { Array($0) }
      return (sizeBytes + bytes).withUnsafeBytes { Fingerprint($0) }
    } catch let error where !(error is ResourceError) {
      return nil
    }
  }
}
