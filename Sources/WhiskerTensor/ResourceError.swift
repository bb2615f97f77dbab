import Glibc

/// The machine does not provide what a file needs to be read: not the file's fault, so it must not be skipped.
public struct ResourceError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What could not be done and why, in words.
  public let description: String

  /// Why `path` cannot be read, as the end of a sentence that starts with it.
  package init(_ path: String, _ problem: String) { description = "\(path) \(problem)" }

  /// The error of a system call, if it is of this kind.
  package init?(_ path: String, systemError code: Int32) {
    guard [EMFILE, ENFILE, ENOMEM].contains(code) else { return nil }
    description = "\(path) cannot be opened: \(systemMessage(code))"
  }

  /// A file that was there and that the system refuses now.
  package init(lost error: FileError) {
    description = "\(error.path): \(error.problem). It was there before: make it readable again, then go on"
  }
}
