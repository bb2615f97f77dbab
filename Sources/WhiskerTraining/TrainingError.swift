/// Why a training cannot start or go on.
public struct TrainingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong and what to do, in words.
  public let description: String

  /// An error in words.
  public init(_ description: String) { self.description = description }
}
