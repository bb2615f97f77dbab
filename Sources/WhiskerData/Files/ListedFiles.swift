import Glibc
import WhiskerCore

/// Files that existed when a dataset was listed.
///
/// Where the system refuses one of them later (a server or a disk that is unreachable for a moment), that is a fault of the
/// machine, not of the picture. Only a file whose own permissions denied reading from the start may be skipped.
package struct ListedFiles: Sendable {
  private let listed: timespec
  /// The paths of files that were named, but were not there.
  private let missing: Set<[UInt8]>

  /// The pauses before further attempts, in seconds: about three in total, as every reader waits this long.
  package static let pauses = [0.1, 0.2, 0.4, 0.8, 1.6]

  /// Files that are listed now.
  /// - Parameter missing: The paths of files that are named, but are not there.
  package init(missing: Set<[UInt8]> = []) {
    self.missing = missing
    var now = timespec()
    // The clock of file systems.
    clock_gettime(CLOCK_REALTIME_COARSE, &now)
    listed = now
  }

  /// Runs `body`, which opens or reads the file at `path`, and repeats it after each pause while the system refuses it.
  /// - Throws: `ResourceError` when the system refuses it every time; otherwise what `body` throws.
  package func attempt<Result>(
    _ path: @autoclosure () -> [UInt8], pauses: [Double] = Self.pauses, _ body: () throws -> Result
  ) throws -> Result {
    var pauses = pauses[...]
    while true {
      do {
        return try body()
      } catch let error as FileError {
        let path = path()
        guard let code = error.systemError, !(code == EACCES && wasForbidden(path)), !missing.contains(path)
        else { throw error }
        guard let pause = pauses.popFirst() else { throw ResourceError(lost: error) }
        usleep(UInt32(pause * 1e6))
      }
    }
  }

  /// Whether the permissions of the file deny reading, and have not changed since it was listed.
  private func wasForbidden(_ path: [UInt8]) -> Bool {
    withPath(path) { path in
      var status = stat()
      guard stat(path, &status) == 0, access(path, R_OK) != 0 else { return false }
      let changed = status.st_ctim
      return (changed.tv_sec, changed.tv_nsec) <= (listed.tv_sec, listed.tv_nsec)
    }
  }
}
