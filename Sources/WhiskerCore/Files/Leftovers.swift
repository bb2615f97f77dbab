import Glibc

/// Incomplete files of killed processes, which have the temporary names of `AtomicFile`.
///
/// A process holds a lock on such a file while it writes it. The system releases the lock when the process dies, so an
/// unlocked file is a leftover. Where the file system does not support locks, a file is removed after one day.
package enum Leftovers {
  /// The prefix of temporary names.
  package static let prefix = ".whisker-"
  private static let suffix = "~"
  private static let age = 24 * 60 * 60

  /// A new temporary name. It does not contain the file's own name, which may already have the maximum length.
  static func newName() -> String {
    prefix + String(UInt64.random(in: .min ... .max), radix: 36) + suffix
  }

  /// Whether this is the temporary name of an incomplete file.
  package static func isTemporary(_ name: String) -> Bool {
    guard name.hasPrefix(prefix), name.hasSuffix(suffix), name.count > prefix.count + suffix.count else {
      return false
    }
    return name.dropFirst(prefix.count).dropLast(suffix.count).utf8.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
    }
  }

  /// Removes the leftovers of killed processes from a folder. Failures are ignored.
  package static func remove(from folder: String) {
    let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
    guard directory >= 0 else { return }
    defer { close(directory) }
    for name in folderEntries(folder) where isTemporary(name) { remove(name, from: directory) }
  }

  private static func remove(_ name: String, from directory: Int32) {
    let file = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard file >= 0 else { return }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
    let isHeld = flock(file, LOCK_EX | LOCK_NB) != 0
    guard !isHeld || (errno != EWOULDBLOCK && time(nil) - status.st_mtim.tv_sec > age) else { return }
    unlinkat(directory, name, 0)
  }
}

/// The sorted names of the entries of a folder; empty if it cannot be read.
package func folderEntries(_ folder: String) -> [String] {
  guard let stream = opendir(folder) else { return [] }
  defer { closedir(stream) }
  var names: [String] = []
  while let entry = readdir(stream) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names.sorted()
}
