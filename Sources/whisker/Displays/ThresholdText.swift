import WhiskerCore
import WhiskerTraining

extension TemperatureScaling.Threshold {
  /// `0.831204: of its validation pictures, 91.3 % are above it, 95.1 % of them correct`
  var text: String {
    let correct = "\(percent(accuracy, 1)) of them correct"
    return probability > 0
      ? "\(fixed(probability, 6)): \(percent(coverage, 1)) of its validation pictures are above it, \(correct)"
      : "0: it answers all of its validation pictures, \(correct)"
  }
}

extension TemperatureScaling {
  /// The threshold, or that there is none.
  var thresholdText: String {
    threshold?.text
      ?? "none: at no probability were \(percent(Self.targetAccuracy)) of at least \(Self.minimumSamples) answers on its "
      + "validation pictures correct"
  }
}
