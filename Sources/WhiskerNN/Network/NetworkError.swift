import WhiskerCore

/// Why a network cannot be built as specified.
public struct NetworkError: Error, Sendable, Equatable, CustomStringConvertible {
  public let description: String

  init(_ description: String) {
    // It may quote a file, which must not send control sequences to a terminal.
    self.description = printable(description)
  }
}
