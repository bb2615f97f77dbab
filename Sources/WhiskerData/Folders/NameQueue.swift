import Glibc
import WhiskerCore

/// The names in one folder, in plain byte order.
///
/// All names are listed at once, without examining their entries, and packed, at a few bytes each besides their own. They are
/// sorted as they are taken (a binary heap), so that the first one of a million is there at once.
final class NameQueue {
  /// Each name as a byte for its kind, the name, and a zero.
  private var bytes: [CChar] = []
  /// The starts of the names in `bytes`, as a binary heap whose first is the next name.
  private var heap: [Int] = []
  /// The length of the longest name, in bytes.
  private(set) var longest = 0
  /// Whether the folder is that of a run or a sweep.
  private(set) var areRun = false

  /// Lists a folder of `tree`.
  /// - Throws: `FileError` when it cannot be read.
  init(_ tree: any FileTree, _ folder: RelativePath, followsLinks: Bool) throws(FileError) {
    var traces = RunTraces()
    try tree.forEachEntry(of: folder, followsLinks: followsLinks) { entry in
      guard !entry.name.isIgnored else { return true }
      traces.add(entry)
      bytes.append(CChar(entry.kind.rawValue))
      heap.append(bytes.count)
      bytes.append(contentsOf: entry.name.bytes.lazy.map { CChar(truncatingIfNeeded: $0) })
      bytes.append(0)
      longest = max(longest, entry.name.bytes.count)
      return true
    }
    areRun = traces.areRun(in: tree, folder)
    for place in (0..<heap.count / 2).reversed() { sink(place) }
  }

  /// The next name, or nil after the last.
  func next() -> FolderEntry? {
    guard let start = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      sink(0)
    }
    let name = bytes[start...].prefix { $0 != 0 }.map { UInt8(truncatingIfNeeded: $0) }
    return FolderEntry(
      name: RelativePath(bytes: name), kind: FolderEntry.Kind(rawValue: UInt8(bytes[start - 1])) ?? .special)
  }

  /// Moves a name down the heap to its place.
  private func sink(_ place: Int) {
    bytes.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return }
      let name = heap[place]
      var hole = place
      while 2 * hole + 1 < heap.count {
        var child = 2 * hole + 1
        if child + 1 < heap.count, strcmp(base + heap[child + 1], base + heap[child]) < 0 { child += 1 }
        guard strcmp(base + heap[child], base + name) < 0 else { break }
        heap[hole] = heap[child]
        hole = child
      }
      heap[hole] = name
    }
  }
}
