import WhiskerCore

/// A sample that could not be read.
public struct SampleFailure: ErrorWithText, Sendable, Equatable, Codable {
  /// The sample's index in its dataset.
  public let index: Int
  /// The sample's name.
  public let name: String
  /// The reason, as the end of a sentence that starts with the name.
  public let reason: ErrorText

  package init(index: Int, name: String, reason: ErrorText) {
    (self.index, self.name, self.reason) = (index, name, reason)
  }

  /// The name and the reason, as in "cat/1.jpg is cut short".
  public var text: ErrorText { "\(name) \(reason)" }
}

extension SampleFailure {
  /// The failure of a picture that belongs to no dataset.
  package init(_ error: FileError, name: String) { self.init(index: 0, name: name, reason: error.problem) }

  /// The failure of a sample because of `error`.
  init(index: Int, error: any Error, name: String) {
    switch error {
    case let failure as SampleFailure: self = failure
    case let error as FileError: self.init(index: index, name: name, reason: error.problem)
    case let error as any ErrorWithText: self.init(index: index, name: name, reason: error.text)
    default: self.init(index: index, name: name, reason: "\("\(error)")")
    }
  }
}
