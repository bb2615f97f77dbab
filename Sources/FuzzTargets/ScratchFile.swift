import Glibc

/// A file that has a path to be opened by, and no name: it is gone with the last that has it open.
final class ScratchFile {
  let path: String
  private let descriptor: Int32

  init(_ bytes: [UInt8]) throws {
    var name = Array("/tmp/whisker-fuzz-XXXXXX\0".utf8CString)
    descriptor = mkstemp(&name)
    try Defect.unless(descriptor >= 0, "no file to write the input to")
    unlink(name)
    path = "/proc/self/fd/\(descriptor)"
    let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    try Defect.unless(written == bytes.count, "no room to write the input to")
  }

  deinit { close(descriptor) }
}
