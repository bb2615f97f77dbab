import Glibc
import WhiskerCore

/// Whether a regular file is at `path`, links followed.
func isFile(_ path: String) -> Bool { mode(of: path).map { $0 & S_IFMT == S_IFREG } ?? false }

/// Whether anything is at `path`, even a link that leads nowhere.
func isThere(_ path: String) -> Bool {
  var status = stat()
  return lstat(path, &status) == 0
}

/// Whether anything is at the path, links followed.
func isThere(_ path: [UInt8]) -> Bool {
  var status = stat()
  return withPath(path) { stat($0, &status) } == 0
}

/// Whether a folder is at `path`, links followed.
func isFolder(_ path: String) -> Bool { mode(of: path).map { $0 & S_IFMT == S_IFDIR } ?? false }

private func mode(of path: String) -> mode_t? {
  var status = stat()
  return pathStatus(path, &status) == 0 ? status.st_mode : nil
}
