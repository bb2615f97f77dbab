import WhiskerCore
import WhiskerData

/// The files that were skipped because they cannot be read, as a warning.
struct FailureList {
  private let failures: ArraySlice<SampleFailure>
  private let count: Int
  /// What follows the number of files that are not listed.
  private let rest: String

  /// The number of files to list.
  static let shown = 10

  /// - Parameter count: The number of all failures, of which at least the first ones are given.
  init(_ failures: [SampleFailure], count: Int? = nil, rest: String = "") {
    (self.failures, self.count, self.rest) = (failures.prefix(Self.shown), count ?? failures.count, rest)
  }

  func warn() {
    guard count > 0 else { return }
    Terminal.warn("Skipped \(counted(count, "file")) that cannot be read:")
    for failure in failures { Terminal.warn("  \(failure.name): \(failure.reason.withFlags)") }
    if count > Self.shown { Terminal.warn("  and \(counted(count - Self.shown, "other"))\(rest)") }
  }
}
