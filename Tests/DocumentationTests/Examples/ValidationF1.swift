import WhiskerTraining

/// The mean F1 of the classes on the validation samples.
struct ValidationF1: Metric {
  let key = "val_f1"
  let title = "validation F1"
  let kind = MetricKind.validation
  let chart: MetricChart? = .accuracy

  func values(of measurements: EpochMeasurements) -> [Double] {
    measurements.validation.map { [$0.confusion.macroAverage.f1] } ?? []
  }
}
