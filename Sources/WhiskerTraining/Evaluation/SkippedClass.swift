import WhiskerData
import WhiskerCore

/// A class with a notable fraction of unreadable files, which the accuracy does not cover.
public struct SkippedClass: Sendable, Equatable, CustomStringConvertible {
  /// The class.
  public let name: String
  /// The number of its files that could not be read.
  public let skipped: Int
  /// The number of its files.
  public let count: Int

  /// The fraction from which it is notable.
  private static let notableShare = 0.05

  /// `9 of 20 files of dog (45 %) could not be read`
  public var description: String {
    "\(grouped(skipped)) of \(counted(count, "file")) of \(name) (\(percent(Double(skipped) / Double(count)))) could not be read"
  }

  /// The classes with more than 5 % unreadable files, in the order of their labels.
  /// - Parameters:
  ///   - failures: The unreadable samples.
  ///   - sets: The samples that were read.
  public static func notable(_ failures: [SampleFailure], in sets: [SampleSet]) -> [SkippedClass] {
    guard !failures.isEmpty, let names = sets.first?.dataset.classNames else { return [] }
    let skipped = Self.counts(failures, in: sets)
    let counts = sets.map(\.classCounts)
    return names.indices.compactMap { label in
      let count = counts.reduce(0) { $0 + $1[label] }
      guard Double(skipped[label]) > notableShare * Double(count) else { return nil }
      return SkippedClass(name: names[label], skipped: skipped[label], count: count)
    }
  }

  /// The number of unreadable samples of each class, by label.
  static func counts(_ failures: [SampleFailure], in sets: [SampleSet]) -> [Int] {
    var skipped = [Int](repeating: 0, count: sets.first?.dataset.classNames.count ?? 0)
    for failure in failures {
      if let label = label(of: failure, in: sets) { skipped[label] += 1 }
    }
    return skipped
  }

  /// The class of a sample that is in one of the sets.
  private static func label(of failure: SampleFailure, in sets: [SampleSet]) -> Int? {
    let dataset = sets.lazy.map(\.dataset).first {
      failure.index < $0.count && $0.name(at: failure.index) == failure.name
    }
    return dataset?.label(at: failure.index)
  }
}
