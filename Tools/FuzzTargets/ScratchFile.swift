import Glibc

/// An unnamed file that can be opened by a path below /proc. It disappears when it is closed.
final class ScratchFile {
  let path: String
  private let descriptor: Int32

  init(_ bytes: [UInt8]) throws {
    var name = Array("/tmp/whisker-fuzz-XXXXXX\0".utf8CString)
    descriptor = mkstemp(&name)
    try Defect.unless(descriptor >= 0, "cannot create a temporary file")
    unlink(name)
    path = "/proc/self/fd/\(descriptor)"
    let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    try Defect.unless(written == bytes.count, "cannot write the temporary file")
  }

  deinit { close(descriptor) }
}
