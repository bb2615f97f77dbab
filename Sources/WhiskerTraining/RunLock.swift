import Glibc
import WhiskerTensor

/// The right to write into the folder of a run, which one process has at a time. The system takes it back from a process
/// that dies.
public final class RunLock: Sendable {
  private let descriptor: Int32

  /// Takes the folder at `path`.
  /// - Throws: `FileError` when another process has it.
  init(_ path: String) throws {
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path, systemError: errno, doing: "cannot be opened") }
    // A file system without locks is no reason not to train.
    guard flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else { return }
    // From here on the deinitializer closes the descriptor, when this throws, too.
    throw FileError(
      path, "is in use by another training",
      advice: "Wait for its end, or stop it, or train into another folder")
  }

  deinit { close(descriptor) }
}
