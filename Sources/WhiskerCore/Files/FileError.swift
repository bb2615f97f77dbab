/// An error about a file or folder: its path, the problem, and advice.
public struct FileError: ErrorWithText, Sendable, Equatable, Codable {
  /// The path of the file or folder, safe to print.
  public let path: String
  /// The problem, as the end of a sentence that starts with the path.
  public let problem: ErrorText
  /// What the user can do, as a separate sentence.
  public let advice: ErrorText?
  /// The `errno` of the failed system call; nil if the error has another cause.
  package private(set) var systemError: Int32?

  /// An error about the file at `path`.
  public init(_ path: String, _ problem: ErrorText, advice: ErrorText? = nil) {
    self.path = printable(path)
    (self.problem, self.advice) = (problem, advice)
  }

  /// The error of a failed system call, with the system's message for `code`.
  public init(_ path: String, systemError code: Int32, doing action: String) {
    self.init(path, "\(action): \(systemMessage(code))")
    systemError = code
  }

  /// `path: problem. Advice`
  public var text: ErrorText {
    guard let advice else { return "\(path): \(problem)" }
    return "\(path): \(problem). \(advice)"
  }
}
