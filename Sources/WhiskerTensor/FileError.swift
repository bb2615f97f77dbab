/// Something in the outside world that is not as it should be: which file, what was wrong, and what to do.
public struct FileError: Error, Sendable, Equatable, Codable, CustomStringConvertible {
  /// The file or folder, as it can be printed.
  public let path: String
  /// What was wrong, as the end of a sentence that starts with the path.
  public let problem: String
  /// What the user can do about it, a sentence of its own.
  public let advice: String?
  /// The number of the system's error; nil where the system refused nothing.
  package private(set) var systemError: Int32?

  /// An error about the file at `path`.
  public init(_ path: String, _ problem: String, advice: String? = nil) {
    // Names and quoted contents must not reach the terminal as commands.
    self.path = printable(path)
    self.problem = printable(problem)
    self.advice = advice.map { printable($0) }
  }

  /// The error of the system call that has just failed, in the system's words.
  public init(_ path: String, systemError code: Int32, doing action: String) {
    self.init(path, "\(action): \(systemMessage(code))")
    systemError = code
  }

  /// `path: problem. Advice`
  public var description: String {
    guard let advice else { return "\(path): \(problem)" }
    return "\(path): \(problem). \(advice)"
  }
}
