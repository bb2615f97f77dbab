import Glibc

/// The machine has run out of something that a file needs to be read: not the file's fault, so it must not be skipped.
public struct ResourceError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What could not be done and why, in words.
  public let description: String

  /// The error of a system call, if it is of this kind.
  package init?(_ path: String, systemError code: Int32) {
    guard [EMFILE, ENFILE, ENOMEM].contains(code) else { return nil }
    description = "\(path) cannot be opened: \(systemMessage(code))"
  }
}
