import WhiskerNN
import WhiskerCore

/// The best weights of a training, for its report.
package struct BestWeights {
  /// Their validation; nil without validation samples.
  package let measurement: EvaluationResult?
  /// The filters of the first layer; nil if they cannot be drawn.
  package let filters: FirstFilters?

  /// The current weights of `network`.
  init(_ network: Network, _ measurement: EvaluationResult?) {
    self.measurement = measurement
    filters = FirstFilters(network)
  }
}
