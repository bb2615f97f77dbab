import WhiskerTensor

/// Finds the files with equal contents, reading as little as that takes: only files of one size can be equal, and of
/// those nearly all that differ do so in their middle or at their end, where compressed pictures differ most.
struct FileCopies {
  /// The number of files.
  let count: Int
  let listed: ListedFiles
  let lanes: BatchStream.Lanes
  let path: @Sendable (Int) -> [UInt8]
  /// A file's path as it is printed in errors.
  let name: @Sendable (Int) -> String
  /// The fingerprint of all of a file; nil where it cannot be read.
  let fingerprint: @Sendable (Int) throws -> Fingerprint?

  private struct Suspect: Sendable {
    let key: Fingerprint
    let index: SampleIndex
  }

  /// How many bytes of the middle, and how many of the end, are compared before whole files are.
  private static let excerpt = 256

  /// The files with equal contents. Empty ones and those that cannot be read are no copies.
  /// - Throws: `ResourceError` when the machine runs out of something.
  func find() throws -> CopyGroups {
    let equalSizes = try filesOfEqualSizes()
    let equalExcerpts = try narrow(equalSizes, stretch: 32) { try excerpt(of: $0) }.map(\.index)
    var copies: [CopyGroups.Copy] = []
    var first: Suspect?
    for suspect in try narrow(equalExcerpts, stretch: 4, fingerprint) {
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
    let size = { @Sendable index in
      let path = path(index)
      return try listed.attempt(path) { try FileBytes.size(path, name: name(index)) }
    }
    try lanes.inOrder(count, stretch: 256, compute: size) { index, size in
      guard let size, (1...ImageDecoder.fileSizeLimit).contains(size) else { return }
      sizes.append(UInt64(size) << 32 | UInt64(index))
    }
    sizes.sort()
    return sizes.indices.filter { place in
      (place > 0 && sizes[place - 1] >> 32 == sizes[place] >> 32)
        || (place + 1 < sizes.count && sizes[place + 1] >> 32 == sizes[place] >> 32)
    }.map { SampleIndex(truncatingIfNeeded: sizes[$0]) }
  }

  /// Those of some files that share what `key` gives with another, beside each other and ascending.
  private func narrow(
    _ files: [SampleIndex], stretch: Int, _ key: @escaping @Sendable (Int) throws -> Fingerprint?
  ) throws -> [Suspect] {
    var suspects: [Suspect] = []
    try lanes.inOrder(files.count, stretch: stretch, compute: { try key(Int(files[$0])) }) { place, key in
      if let key { suspects.append(Suspect(key: key, index: files[place])) }
    }
    suspects.sort { ($0.key, $0.index) < ($1.key, $1.index) }
    return suspects.indices.filter { place in
      (place > 0 && suspects[place - 1].key == suspects[place].key)
        || (place + 1 < suspects.count && suspects[place + 1].key == suspects[place].key)
    }.map { suspects[$0] }
  }

  /// What stands for a file's size, its middle and its end.
  private func excerpt(of index: Int) throws -> Fingerprint? {
    do {
      var size = 0
      let path = path(index)
      let bytes = try listed.attempt(path) {
        try FileBytes.parts(path, name: name(index)) { count in
          size = count
          let middle = max(0, (count - Self.excerpt) / 2)
          return [
            middle..<min(count, middle + Self.excerpt), max(0, count - Self.excerpt)..<count,
          ]
        }
      }
      let sizeBytes = (0..<8).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }
      return (sizeBytes + bytes).withUnsafeBytes { Fingerprint($0) }
    } catch let error where !(error is ResourceError) {
      return nil
    }
  }
}
