import Glibc

/// The system's message for an error number.
package func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }

/// Repeats a system call while it fails with `EINTR`. Returns its result and leaves its `errno`.
package func retryingInterrupts<Result: BinaryInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result == -1 && errno == EINTR { continue }
    return result
  }
}

/// Opens an unnamed file on the file system of `folder`, which disappears when it is closed. Returns its descriptor, or -1
/// if the file system does not support unnamed files.
func openUnnamed(in folder: String, _ access: Int32) -> Int32 {
  // 0o20000000 is __O_TMPFILE, which a feature macro of the header hides from Swift.
  open(folder, access | O_CLOEXEC | O_DIRECTORY | 0o20000000, 0o666)
}

/// Creates the folder at `path` and its missing parents.
/// - Throws: `FileError` when that fails, or the path is not a folder.
package func makeFolders(_ path: String) throws {
  var made = path.hasPrefix("/") ? "/" : ""
  for part in path.split(separator: "/") {
    made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
    guard mkdir(made, 0o777) == 0 || errno == EEXIST || errno == EISDIR else {
      throw FileError(made, systemError: errno, doing: "cannot be created")
    }
  }
  var status = stat()
  guard pathStatus(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
    throw FileError(path, "is not a folder")
  }
}
