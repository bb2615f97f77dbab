import Glibc

/// A file that comes into being whole: whoever opens its path sees the old contents or the new ones, never part of them.
///
/// The bytes go to a file without a name (`O_TMPFILE`), which the system frees if the process dies, and which gets a
/// name only once it is complete and flushed. To take an old file's place it needs a hidden temporary name for the
/// moment between two system calls. Where the file system has no files without a name, it has the temporary one from the
/// start. What a kill leaves under a temporary name is removed by the next process that writes into the folder.
package final class AtomicFile {
  private let path: String
  private let folder: String
  private let temporaryPath: String
  private var descriptor: Int32
  private var isNamed: Bool
  /// Whether the bytes go straight to a device or a FIFO.
  private let isStream: Bool

  /// Starts a file that will appear at `path` when `commit()` is called.
  /// - Parameter writesStreams: Whether a device, a FIFO or standard output at the path is written to; only for a path
  ///   that the user has named.
  /// - Throws: `FileError` when the folder cannot be written, or anything but a regular file is at the path.
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
    // The file gets its name through /proc, so where that is missing it has to have one from the start.
    descriptor = access("/proc/self/fd", X_OK) == 0 ? openUnnamed(in: folder, O_WRONLY) : -1
    if descriptor >= 0 {
      // Before it has a name, so that nobody takes it for a leftover.
      flock(descriptor, LOCK_EX | LOCK_NB)
      return
    }
    descriptor = try Self.openNamed(temporaryPath, for: path)
    isNamed = true
  }

  /// Makes a file that is locked and named. One that is taken for a leftover before it is locked is made again.
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
  /// - Throws: `FileError`, for a full disk among other things; the old file at the path is untouched.
  package func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while !rest.isEmpty {
      let written = retryingInterrupts { Glibc.write(descriptor, rest.baseAddress, rest.count) }
      guard written > 0 else { throw FileError(path, systemError: errno, doing: "cannot be written") }
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
  }

  /// Goes on writing `count` bytes further on; what is passed over reads as zeros until `write(_:at:)` fills it.
  /// - Throws: `FileError` when the file cannot be that long.
  package func skip(_ count: Int) throws {
    guard lseek(descriptor, count, SEEK_CUR) >= 0 else { throw failure("cannot be written") }
  }

  /// Writes bytes at `offset`, wherever the end is.
  /// - Throws: `FileError`; the old file at the path is untouched.
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

  /// Flushes the bytes to the disk and puts the file in its place.
  /// - Throws: `FileError`; the old file at the path is untouched.
  package func commit() throws {
    guard !isStream else { return }
    guard fsync(descriptor) == 0 else { throw failure("cannot be flushed to the disk") }
    // A path that is free needs no other name first, which a kill could leave behind.
    if !isNamed, link(to: path) { return flushFolder() }
    if !isNamed { try giveTemporaryName() }
    guard rename(temporaryPath, path) == 0 else { throw failure("cannot be put in place") }
    isNamed = false
    flushFolder()
  }

  /// Writes a whole file.
  /// - Throws: `FileError`; an old file at the path is untouched.
  package static func write(_ text: String, to path: String, writesStreams: Bool = false) throws {
    let file = try AtomicFile(path, writesStreams: writesStreams)
    try file.write(text)
    try file.commit()
  }

  private func giveTemporaryName() throws {
    unlink(temporaryPath)
    guard link(to: temporaryPath) else { throw failure("cannot be given its name") }
    isNamed = true
  }

  /// Gives the file, which has no name, this one; false where that cannot be, for one because another file has it.
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
