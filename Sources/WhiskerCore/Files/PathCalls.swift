import Glibc

// Overloads of system calls for paths as `pathText` returns them, which may contain escaped bytes. The compiler prefers
// them to the implicit conversion of a string to a C string.

/// `stat` under another name: because of the structure `stat`, the compiler would not choose an overload.
package func pathStatus(_ path: String, _ status: inout stat) -> Int32 {
  withPath(path) { stat($0, &status) }
}
package func lstat(_ path: String, _ status: inout stat) -> Int32 { withPath(path) { lstat($0, &status) } }
package func access(_ path: String, _ mode: Int32) -> Int32 { withPath(path) { access($0, mode) } }

package func open(_ path: String, _ flags: Int32) -> Int32 { withPath(path) { open($0, flags) } }
package func open(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
  withPath(path) { open($0, flags, mode) }
}
package func openat(_ folder: Int32, _ path: String, _ flags: Int32) -> Int32 {
  withPath(path) { openat(folder, $0, flags) }
}
package func openat(_ folder: Int32, _ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
  withPath(path) { openat(folder, $0, flags, mode) }
}
package func opendir(_ path: String) -> OpaquePointer? { withPath(path) { opendir($0) } }

package func mkdir(_ path: String, _ mode: mode_t) -> Int32 { withPath(path) { mkdir($0, mode) } }
@discardableResult
package func rmdir(_ path: String) -> Int32 { withPath(path) { rmdir($0) } }
@discardableResult
package func unlink(_ path: String) -> Int32 { withPath(path) { unlink($0) } }
package func rename(_ old: String, _ new: String) -> Int32 {
  withPath(old) { old in withPath(new) { rename(old, $0) } }
}
package func linkat(_ from: Int32, _ old: String, _ to: Int32, _ new: String, _ flags: Int32) -> Int32 {
  withPath(old) { old in withPath(new) { linkat(from, old, to, $0, flags) } }
}
package func readlink(_ path: String, _ buffer: inout [CChar], _ size: Int) -> Int {
  withPath(path) { readlink($0, &buffer, size) }
}

/// The paths that match a glob pattern, in byte order because the process has the C locale.
package func pathsMatching(_ pattern: String) -> [String] {
  withPath(pattern) { chars in
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(chars, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { index in
      found.gl_pathv[index].map { pathText(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
    }
  }
}
