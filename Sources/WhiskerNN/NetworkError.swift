/// Why a network cannot be built as specified.
public struct NetworkError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong, in words.
  public let description: String

  /// An error in words.
  init(_ description: String) { self.description = description }
}
