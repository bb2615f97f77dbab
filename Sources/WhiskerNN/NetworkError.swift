import WhiskerTensor

/// Why a network cannot be built as specified.
public struct NetworkError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong, in words.
  public let description: String

  /// An error in words.
  init(_ description: String) {
    // It may quote a file, whose words must not reach the terminal as commands.
    self.description = printable(description)
  }
}
