import WhiskerCore

/// Why a network cannot be built as specified.
public struct NetworkError: Error, Sendable, Equatable, CustomStringConvertible {
  public let description: String

  /// The error of a layer that needs a map.
  static let needsMap = NetworkError("needs a feature map, but a flatten or dense layer comes before it")

  package init(_ description: String) {
    // It may quote a file, which must not send control sequences to a terminal.
    self.description = printable(description)
  }
}
