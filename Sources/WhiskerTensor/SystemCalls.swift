import Glibc

/// The system's words for an error number.
package func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }

/// Runs a system call again for as long as a signal interrupts it. Returns its result; `errno` is the call's.
package func retryingInterrupts<Result: BinaryInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result == -1 && errno == EINTR { continue }
    return result
  }
}

/// Opens a file without a name on the disk of `folder`, which is gone when it is closed. Returns its descriptor, or -1
/// where the file system has no such files.
func openUnnamed(in folder: String, _ access: Int32) -> Int32 {
  // __O_TMPFILE | O_DIRECTORY, which the header hides from Swift behind a feature macro.
  open(folder, access | O_CLOEXEC | O_DIRECTORY | 0o20000000, 0o666)
}

/// Makes the folder at `path`, and those above it, where they are not there yet.
/// - Throws: `FileError` when that cannot be done, or something else has the name.
package func makeFolders(_ path: String) throws {
  var made = path.hasPrefix("/") ? "/" : ""
  for part in path.split(separator: "/") {
    made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
    guard mkdir(made, 0o777) == 0 || errno == EEXIST || errno == EISDIR else {
      throw FileError(made, systemError: errno, doing: "cannot be made")
    }
  }
  var status = stat()
  guard pathStatus(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
    throw FileError(path, "is not a folder")
  }
}
