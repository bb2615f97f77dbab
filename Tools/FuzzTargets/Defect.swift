import WhiskerData
import WhiskerNN
import WhiskerCore

/// A violation that no input may cause.
package struct Defect: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }

  /// - Throws: A defect if the condition is false.
  package static func unless(_ condition: Bool, _ description: @autoclosure () -> String) throws(Defect) {
    guard condition else { throw Defect(description()) }
  }
}

extension FuzzOutcome {
  /// The outcome of `body`, which reads an input.
  /// - Throws: `Defect` when `body` throws one, or any error other than the expected types.
  package init(_ body: () throws -> Void) throws {
    do {
      try body()
      self = .accepted
    } catch let error as FileError {
      self = try .refusal(error.description)
    } catch let error as NetworkError {
      self = try .refusal(error.description)
    } catch let defect as Defect {
      throw defect
    } catch {
      throw Defect("an error of the type \(type(of: error)): \(error)")
    }
  }

  private static func refusal(_ reason: String) throws -> FuzzOutcome {
    // The contents of a file must not send control sequences to the terminal.
    try Defect.unless(isPrintable(reason), "an error that cannot be printed: \(reason.debugDescription)")
    // libjpeg's message for calls in the wrong order.
    try Defect.unless(!reason.contains("Improper call"), "a misuse of a library: \(reason)")
    return .refused(reason)
  }
}
