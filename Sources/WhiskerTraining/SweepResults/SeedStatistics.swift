/// The mean and deviation of a metric over several seeds.
public struct SeedStatistics: Sendable, Equatable {
  /// The number of trainings, at least 1.
  public let count: Int
  /// The mean.
  public let mean: Double
  /// The sample standard deviation, with the divisor count - 1; nil for a single value.
  public let standardDeviation: Double?
  /// Half the width of the 95 % interval for the mean: t(0.975, count - 1) s / sqrt(count) (Student, "The probable error of
  /// a mean", Biometrika 1908); nil for a single value.
  public let halfWidth: Double?

  /// Nil without values.
  public init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    let (count, mean) = (Double(values.count), values.reduce(0, +) / Double(values.count))
    (self.count, self.mean) = (values.count, mean)
    guard values.count > 1 else {
      (standardDeviation, halfWidth) = (nil, nil)
      return
    }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let deviation = (squares / (count - 1)).squareRoot()
    standardDeviation = deviation
    halfWidth = StudentT(degrees: count - 1).quantile(0.975) * deviation / count.squareRoot()
  }
}

/// Whether one setting did better than another on the same seeds.
///
/// The trainings of one seed share the split, the first weights and the order, so their differences are what is tested: the
/// mean difference +/- t(1 - a / 2, n - 1) s / sqrt(n), s being the standard deviation of the differences (the paired t test;
/// Dietterich, "Approximate Statistical Tests for Comparing Supervised Classification Learning Algorithms", Neural Computation
/// 1998, has it among others, and its limits). Of m comparisons with the best each is made at a = 0.05 / m, so that all
/// together are wrong in at most 5 % (Dunn, "Multiple Comparisons Among Means", JASA 1961).
///
/// The trainings of folds share most of their samples and vary too little for that: the half width is then
/// t s sqrt(1 / n + 1 / (n - 1)), with the share of samples held back to those trained on (Nadeau and Bengio, "Inference for the
/// Generalization Error", Machine Learning 2003, section 3).
public struct PairedComparison: Sendable, Equatable {
  /// The mean of the differences, first minus second.
  public let difference: Double
  /// Half the width of its interval.
  public let halfWidth: Double

  /// Compares `first` with `second`, seed by seed.
  /// - Parameter comparisons: The number of comparisons that are made.
  /// - Parameter areFolds: Whether they are the folds of a cross-validation.
  /// - Returns: Nil for fewer than two seeds, and for equal differences.
  package init?(_ first: [Double], _ second: [Double], comparisons: Int, areFolds: Bool = false) {
    let differences = zip(first, second).map { $0 - $1 }
    guard let statistics = SeedStatistics(differences), let deviation = statistics.standardDeviation else {
      return nil
    }
    // A few seeds may differ by the same number of pictures by chance.
    guard deviation > 0 || statistics.mean == 0 else { return nil }
    difference = statistics.mean
    let count = Double(statistics.count)
    let level = 1 - 0.05 / Double(max(1, comparisons)) / 2
    let variance = 1 / count + (areFolds ? 1 / (count - 1) : 0)
    halfWidth = StudentT(degrees: count - 1).quantile(level) * deviation * variance.squareRoot()
  }

  /// Whether chance explains the difference.
  public var isWithinNoise: Bool { abs(difference) <= halfWidth }
}
