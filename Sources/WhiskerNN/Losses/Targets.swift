extension SoftmaxCrossEntropy {
  /// The classes that the logits of a batch are compared to, and how much each sample counts.
  ///
  /// The target of a sample is a distribution over the classes: its label, or a mixture of two labels, smoothed by
  /// `smoothing` e (Szegedy et al., "Rethinking the Inception Architecture", CVPR 2016, section 7):
  /// (1 - e) * mixture + e / classes.
  public struct Targets: Sendable {
    /// The second labels of mixed samples (mixup, CutMix).
    public struct Mixture: Sendable {
      /// The second class index of each sample, `[count]`.
      public var labels: [Int32]
      /// The weight of the second class, 0 to 1, `[count]`. The first one has the rest.
      public var weights: [Double]

      public init(labels: [Int32], weights: [Double]) { (self.labels, self.weights) = (labels, weights) }
    }

    /// The class indices, `[count]`.
    public var labels: [Int32]
    /// The second labels; nil where every sample has one class.
    public var mixture: Mixture?
    /// The smoothing e, 0 to below 1.
    public var smoothing: Double
    /// The weight of the samples of each class; nil for 1 each. It multiplies the whole loss of a sample, as Keras's
    /// `class_weight`, and for a mixed sample it is the mean of both classes' weights.
    public var classWeights: [Double]?
    /// The number of samples of the mean whose gradient is computed; nil for `count`.
    public var batchSize: Int?

    /// The targets of samples with these labels.
    public init(
      _ labels: [Int32], smoothing: Double = 0, classWeights: [Double]? = nil, batchSize: Int? = nil
    ) {
      (self.labels, self.smoothing) = (labels, smoothing)
      (self.classWeights, self.batchSize) = (classWeights, batchSize)
    }

    subscript(row: Int) -> Target {
      let first = Int(labels[row])
      let (second, share) = mixture.map { (Int($0.labels[row]), $0.weights[row]) } ?? (first, 0)
      let weight = classWeights.map { $0[first] + share * ($0[second] - $0[first]) } ?? 1
      return Target(first: first, second: second, share: share, smoothing: smoothing, weight: weight)
    }
  }

  /// The target distribution of one sample.
  struct Target {
    let first: Int
    let second: Int
    /// The weight of `second` in the mixture.
    let share: Double
    let smoothing: Double
    /// The weight of the sample's loss.
    let weight: Double

    /// The target probability of a class.
    func probability(of label: Int, classCount: Int) -> Double {
      let mixed = (label == first ? 1 - share : 0) + (label == second ? share : 0)
      return (1 - smoothing) * mixed + smoothing / Double(classCount)
    }

    /// The mean of one row of scores under the distribution. Exact for a single label without smoothing.
    func mean(of scores: UnsafePointer<Float>, classCount: Int) -> Double {
      var mean = Double(scores[first])
      if share > 0 { mean += share * (Double(scores[second]) - mean) }
      guard smoothing > 0 else { return mean }
      let uniform = (0..<classCount).reduce(0.0) { $0 + Double(scores[$1]) } / Double(classCount)
      return mean + smoothing * (uniform - mean)
    }
  }
}
