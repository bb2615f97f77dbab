import WhiskerData
import WhiskerNN
import WhiskerTensor

/// Something that no input may bring about.
package struct Defect: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }

  /// - Throws: A defect, unless the condition holds.
  package static func unless(_ condition: Bool, _ description: @autoclosure () -> String) throws(Defect) {
    guard condition else { throw Defect(description()) }
  }
}

extension FuzzOutcome {
  /// What becomes of an input that `body` reads.
  /// - Throws: `Defect` when `body` does, or refuses the input with anything but a clean error.
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
    // What a file contains must not reach the terminal as a command.
    try Defect.unless(isPrintable(reason), "an error that cannot be printed: \(reason.debugDescription)")
    // libjpeg's words for calls that come at the wrong time.
    try Defect.unless(!reason.contains("Improper call"), "a misuse of a library: \(reason)")
    return .refused(reason)
  }
}
