import WhiskerCore

/// A regular expression over the paths of samples, whose first group names what a sample belongs to: a patient, a video, a burst.
struct GroupPattern {
  private let pattern: String
  private let expression: Regex<AnyRegexOutput>

  /// - Throws: `TrainingError` when the pattern is malformed, or has no group.
  init(_ pattern: String) throws {
    self.pattern = pattern
    do {
      expression = try Regex<AnyRegexOutput>(pattern)
    } catch {
      throw TrainingError("\(Setting.groupPattern) is not a regular expression: \(pattern)")
    }
    // A match of nothing still lists all groups.
    let groups = try? Regex<AnyRegexOutput>("(?:\(pattern))?").wholeMatch(in: "")?.output.count
    guard groups ?? 2 > 1 else {
      throw TrainingError(
        "\(Setting.groupPattern) has no group: put the part of the path that names the group into parentheses"
      )
    }
  }

  /// The name of the group of a path; nil for a sample on its own, where the group took no part in the match.
  /// - Throws: `TrainingError` when the pattern does not match.
  func group(of path: String) throws -> String? {
    guard let match = try? expression.firstMatch(in: path), match.output.count > 1 else {
      throw TrainingError(
        "\(Setting.groupPattern) \(pattern) does not match \(path): change it so that it matches every path")
    }
    return match.output[1].substring.map { String($0) }
  }
}

extension TrainingConfiguration {
  /// Checks a pattern of groups.
  /// - Throws: `TrainingError` when it is malformed, or has no group.
  public static func checkGroupPattern(_ pattern: String) throws { _ = try GroupPattern(pattern) }
}
