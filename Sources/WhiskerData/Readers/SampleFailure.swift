import WhiskerTensor

/// A sample that could not be read.
public struct SampleFailure: Error, Sendable, Equatable, Codable, CustomStringConvertible {
  /// The sample's index in its data set.
  public let index: Int
  /// The sample's name.
  public let name: String
  /// What was wrong with it.
  public let reason: String

  package init(index: Int, name: String, reason: String) {
    (self.index, self.name, self.reason) = (index, name, reason)
  }

  /// `name: reason`, as in "cat/1.jpg is cut short".
  public var description: String { "\(name) \(reason)" }
}

extension SampleFailure {
  /// The failure that an error stands for.
  init(index: Int, error: any Error, name: String) {
    switch error {
    case let failure as SampleFailure: self = failure
    case let error as FileError: self.init(index: index, name: name, reason: error.problem)
    default: self.init(index: index, name: name, reason: "\(error)")
    }
  }
}
