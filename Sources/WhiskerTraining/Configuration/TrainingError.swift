import WhiskerCore

/// An error that keeps a training from starting or continuing.
public struct TrainingError: ErrorWithText, Sendable, Equatable {
  /// What is wrong, and what to do.
  public let text: ErrorText

  /// An error with a text.
  public init(_ text: ErrorText) { self.text = text }
}
