import Glibc

/// A file could not be read because of the machine, not because of the file, so the file must not be skipped.
public struct ResourceError: ErrorWithText, Sendable, Equatable {
  public let text: ErrorText

  /// An error about `path`.
  /// - Parameter problem: The end of a sentence that starts with the path.
  package init(_ path: String, _ problem: String) { text = "\(path) \(problem)" }

  /// The error of a system call; nil if the code does not mean a shortage of memory or file descriptors.
  package init?(_ path: String, systemError code: Int32) {
    guard [EMFILE, ENFILE, ENOMEM].contains(code) else { return nil }
    text = "\(path) cannot be opened: \(systemMessage(code))"
  }

  /// An error about a file that was readable before and no longer is.
  package init(lost error: FileError) {
    text =
      "\(error.path): \(error.problem). It was there before: make it readable again, then continue"
  }
}
