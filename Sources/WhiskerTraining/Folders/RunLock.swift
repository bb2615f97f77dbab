import Glibc
import WhiskerCore

/// The exclusive lock of a run's folder. The system releases it when the process
/// ends.
public final class RunLock: Sendable {
  private let descriptor: Int32

  /// Locks the folder at `path`.
  /// - Throws: `FileError` when another process has locked it.
  init(_ path: String) throws {
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path, systemError: errno, doing: "cannot be opened") }
    // A file system without locks does not prevent training.
    guard flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else { return }
    // From here on the deinitializer closes the descriptor, even if this throws.
    throw FileError(
      path, "is in use by another training",
      advice: "Wait for its end, or stop it, or train into another folder")
  }

  deinit { close(descriptor) }
}
