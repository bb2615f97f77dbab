import Glibc

/// A file that is written atomically: readers of its path see the old contents or the new ones, never a part.
///
/// The data goes to an unnamed file (`O_TMPFILE`), which the system frees if the process dies. Once it is complete and
/// flushed, it is linked to its path. To replace an existing file, it is linked to a hidden temporary name first and then
/// renamed. Where the file system does not support unnamed files, it has a temporary name from the start. A temporary
/// file that a killed process left behind is removed by the next process that writes to the folder.
package final class AtomicFile {
  private let path: String
  private let folder: String
  private let temporaryPath: String
  private var descriptor: Int32
  private var isNamed: Bool
  /// Whether the data is written directly to a device or FIFO.
  private let isStream: Bool

  /// Starts a file that appears at `path` when `commit()` is called.
  /// - Parameter writesStreams: Whether to write to a device, a FIFO or standard output at the path. Set it only for a
  ///   path given by the user.
  /// - Throws: `FileError` when the folder is not writable, or the path exists and is not a regular file.
  package init(_ path: String, writesStreams: Bool = false) throws {
    self.path = path
    let place = FilePlace(path)
    isStream = place == .stream && writesStreams
    folder = Self.folder(of: path)
    temporaryPath = "\(folder)/\(Leftovers.newName())"
    isNamed = false
    if isStream {
      descriptor = try FilePlace.openStream(path)
      return
    }
    descriptor = -1
    try place.checkFile(path)
    Self.cleanOnce(folder)
    // An unnamed file is linked through /proc. Without /proc, the file needs a temporary name.
    descriptor = access("/proc/self/fd", X_OK) == 0 ? openUnnamed(in: folder, O_WRONLY) : -1
    if descriptor >= 0 {
      // Locked before it has a name, so that no other process takes it for a leftover.
      flock(descriptor, LOCK_EX | LOCK_NB)
      return
    }
    descriptor = try Self.openNamed(temporaryPath, for: path)
    isNamed = true
  }

  /// Creates a locked file with a temporary name. Retries if another process removes it as a leftover before it is locked.
  private static func openNamed(_ temporaryPath: String, for path: String) throws -> Int32 {
    while true {
      let descriptor = open(temporaryPath, O_WRONLY | O_CLOEXEC | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o666)
      guard descriptor >= 0 else { throw FileError(path, systemError: errno, doing: "cannot be written") }
      _ = retryingInterrupts { Int(flock(descriptor, LOCK_EX)) }
      var status = stat()
      if fstat(descriptor, &status) == 0, status.st_nlink > 0 { return descriptor }
      close(descriptor)
    }
  }

  private static let cleanedFolders = Lock(Set<String>())

  private static func cleanOnce(_ folder: String) {
    guard cleanedFolders.withLock({ $0.insert(folder).inserted }) else { return }
    Leftovers.remove(from: folder)
  }

  deinit { discard() }

  /// The folder of the file at `path`.
  package static func folder(of path: String) -> String {
    let parent = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? "."
    return parent.isEmpty ? "/" : parent
  }

  /// Appends bytes.
  /// - Throws: `FileError`, for example when the disk is full; an existing file at the path is unchanged.
  package func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while !rest.isEmpty {
      let written = retryingInterrupts { Glibc.write(descriptor, rest.baseAddress, rest.count) }
      guard written > 0 else { throw FileError(path, systemError: errno, doing: "cannot be written") }
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
  }

  /// Skips `count` bytes, which are zeros until `write(_:at:)` writes them.
  /// - Throws: `FileError` when the file cannot be that long.
  package func skip(_ count: Int) throws {
    guard lseek(descriptor, count, SEEK_CUR) >= 0 else { throw failure("cannot be written") }
  }

  /// Writes bytes at `offset`, without moving the position of `write(_:)`.
  /// - Throws: `FileError`; an existing file at the path is unchanged.
  package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    var done = 0
    while done < bytes.count {
      let (start, place) = (bytes.baseAddress.map { $0 + done }, offset + done)
      let written = retryingInterrupts { pwrite(descriptor, start, bytes.count - done, place) }
      guard written > 0 else { throw failure("cannot be written") }
      done += written
    }
  }

  /// Appends text, as UTF-8.
  package func write(_ text: String) throws {
    var text = text
    try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
  }

  /// Flushes the file to disk and makes it visible at its path.
  /// - Throws: `FileError`; an existing file at the path is unchanged.
  package func commit() throws {
    guard !isStream else { return }
    guard fsync(descriptor) == 0 else { throw failure("cannot be flushed to the disk") }
    // A path that does not exist yet needs no temporary name, which a kill could leave behind.
    if !isNamed, link(to: path) { return flushFolder() }
    if !isNamed { try giveTemporaryName() }
    guard rename(temporaryPath, path) == 0 else { throw failure("cannot be renamed to its path") }
    isNamed = false
    flushFolder()
  }

  /// Writes a whole file atomically.
  /// - Throws: `FileError`; an existing file at the path is unchanged.
  package static func write(_ text: String, to path: String, writesStreams: Bool = false) throws {
    let file = try AtomicFile(path, writesStreams: writesStreams)
    try file.write(text)
    try file.commit()
  }

  private func giveTemporaryName() throws {
    unlink(temporaryPath)
    guard link(to: temporaryPath) else { throw failure("cannot be linked to a temporary name") }
    isNamed = true
  }

  /// Links the unnamed file to `name`. Returns false if that fails, for example because the name exists.
  private func link(to name: String) -> Bool {
    linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0
  }

  private func flushFolder() {
    let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return }
    fsync(directory)
    close(directory)
  }

  private func discard() {
    if isNamed { unlink(temporaryPath) }
    if descriptor >= 0 { close(descriptor) }
  }

  private func failure(_ action: String) -> FileError {
    FileError(path, systemError: errno, doing: action)
  }
}
