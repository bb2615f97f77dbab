import WhiskerCore
import WhiskerData
import WhiskerTraining

/// The parts of a sweep's report about its ensemble.
struct EnsembleSections {
  let record: SweepRecord
  let classNames: [String]
  let ensemble: EnsembleMeasurement

  private var memberCount: Int { record.trainings.count { $0.failure == nil } }

  private var accuracy: AccuracyVerdict {
    AccuracyVerdict(
      ensemble.result.evaluation, classNames, of: "validation picture",
      by: "ensemble of \(counted(memberCount, "network"))")
  }

  /// The headline: the accuracy of the ensemble itself.
  var sentence: HTML { accuracy.sentence() }
  var remark: HTML { accuracy.remark }

  private var measured: MeasuredSections {
    MeasuredSections(
      measurement: ensemble.result, dataset: ensemble.dataset, classNames: classNames, nothing: "")
  }

  var figures: [ReportPage.Figure] { MeasuredFigures(ensemble.result).figures }
  var sections: [ReportSection] { curves + measured.scores + measured.pictures }

  private var curves: [ReportSection] {
    let note: HTML = "One validation curve per member; the training curve is the mean of the members."
    let loss = CurveChart(curves: curves(\.loss, \.validationLoss), best: nil, mark: "") { fixed($0, $1) }
    let accuracy = CurveChart(
      curves: curves(\.accuracy, \.validationAccuracy), best: nil, mark: "", limit: 1
    ) { percent($0, max(0, $1 - 2)) }
    return [
      ReportSection(title: "Loss of the members", note: note, isHalf: true, body: loss.html),
      ReportSection(title: "Accuracy of the members", note: note, isHalf: true, body: accuracy.html),
    ]
  }

  private func curves(
    _ training: KeyPath<SweepTraining.Epoch, Double>, _ validation: KeyPath<SweepTraining.Epoch, Double>
  ) -> [CurveChart.Curve] {
    let members = record.trainings.filter { $0.failure == nil }
    let length = members.map(\.epochs.count).min() ?? 0
    let mean = (0..<length).map { place in
      let values = members.map { $0.epochs[place][keyPath: training] }
      return (x: Double(place + 1), y: values.reduce(0, +) / Double(values.count))
    }
    let styles = ["main", "extra", "member"]
    return [CurveChart.Curve(name: "training", style: "other", points: mean)]
      + members.enumerated().map { place, member in
        .init(
          name: "seed \(member.seed)", style: styles[place % styles.count],
          points: member.epochs.map { (Double($0.epoch), $0[keyPath: validation]) })
      }
  }
}
