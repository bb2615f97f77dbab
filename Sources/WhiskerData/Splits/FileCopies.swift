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

  private struct Suspect: Sendable {
    let key: Fingerprint
    let index: SampleIndex
  }

  /// The files with equal contents. Empty ones and those that cannot be read are no copies.
  /// - Throws: `ResourceError` when the machine runs out of something.
  func find() throws -> CopyGroups {
    let equalSizes = try filesOfEqualSizes()
    let equalExcerpts = try narrow(equalSizes, chunk: 32) { try excerpt(of: $0) }.map(\.index)
    var copies: [CopyGroups.Copy] = []
    var first: Suspect?
    for suspect in try narrow(equalExcerpts, chunk: 4, fingerprint) {
      if let first, first.key == suspect.key {
        copies.append(.init(first: first.index, index: suspect.index))
      } else {
        first = suspect
      }
    }
    return CopyGroups(copies)
  }

  private func filesOfEqualSizes() throws -> [SampleIndex] {
    // The size above the index in one number: eight bytes a file.
    var sizes: [UInt64] = []
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
      sizes.append(UInt64(size) << 32 | UInt64(index))
    }
    sizes.sort()
    return sizes.indices.filter { place in
      (place > 0 && sizes[place - 1] >> 32 == sizes[place] >> 32)
        || (place + 1 < sizes.count && sizes[place + 1] >> 32 == sizes[place] >> 32)
    }.map { SampleIndex(truncatingIfNeeded: sizes[$0]) }
  }

  /// The files that have the same `key` as another, those with the same key beside each other and ascending.
  private func narrow(
    _ files: [SampleIndex], chunk: Int, _ key: @escaping @Sendable (Int) throws -> Fingerprint?
  ) throws -> [Suspect] {
    var suspects: [Suspect] = []
    try readAhead.inOrder(files.count, chunk: chunk, compute: { try key(Int(files[$0])) }) { place, key in
      if let key { suspects.append(Suspect(key: key, index: files[place])) }
    }
    suspects.sort { ($0.key, $0.index) < ($1.key, $1.index) }
    return suspects.indices.filter { place in
      (place > 0 && suspects[place - 1].key == suspects[place].key)
        || (place + 1 < suspects.count && suspects[place + 1].key == suspects[place].key)
    }.map { suspects[$0] }
  }

  /// The fingerprint of a file's size and of an excerpt.
  private func excerpt(of index: Int) throws -> Fingerprint? {
    do {
      let path = path(index)
      let (size, bytes) = try listed.attempt(path.absolute(below: tree.root)) {
        (try tree.size(of: path) ?? 0, try tree.excerpt(of: path))
      }
      let sizeBytes = (0..<8).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }
      return (sizeBytes + bytes).withUnsafeBytes { Fingerprint($0) }
    } catch let error where !(error is ResourceError) {
      return nil
    }
  }
}
