import WhiskerCore
import WhiskerData
import WhiskerTraining

/// The parts of a sweep's report about its trainings measured together: its ensemble, or the folds of a cross-validation.
struct JointSections {
  let record: SweepRecord
  let classNames: [String]
  let joint: SweepMeasurement

  private var isEnsemble: Bool { record.configuration.folds == nil }
  private var memberCount: Int { record.trainings.count { $0.failure == nil } }

  private var accuracy: AccuracyVerdict {
    AccuracyVerdict(
      joint.result.evaluation, classNames, of: isEnsemble ? "validation picture" : "held-out picture",
      by: isEnsemble ? "ensemble of \(counted(memberCount, "network"))" : "model")
  }

  /// The headline: the accuracy of all together.
  var sentence: HTML { accuracy.sentence() }
  /// What the headline means, and the figures of the single trainings in a sentence.
  func remarks(_ singles: HTML) -> [HTML] {
    [
      accuracy.remark
        + when(!isEnsemble, " Each picture was classified by the model of the fold that held it back."),
      "<b>\(isEnsemble ? "Members" : "Folds"):</b> " + singles,
    ]
  }

  private var measured: MeasuredSections {
    MeasuredSections(
      measurement: joint.result, dataset: joint.dataset, classNames: classNames, nothing: "",
      modelFile: { joint.modelFiles[$0] })
  }

  var figures: [ReportPage.Figure] { MeasuredFigures(joint.result).figures }
  var sections: [ReportSection] { curves + measured.scores + measured.pictures }

  private var curves: [ReportSection] {
    let (one, all) = isEnsemble ? ("member", "members") : ("fold", "folds")
    let note: HTML = "One validation curve per \(one); the training curve is the mean of the \(all)."
    let loss = CurveChart(curves: curves(\.loss, \.validationLoss), best: nil, mark: "") { fixed($0, $1) }
    let accuracy = CurveChart(
      curves: curves(\.accuracy, \.validationAccuracy), best: nil, mark: "", limit: 1
    ) { percent($0, max(0, $1 - 2)) }
    return [
      ReportSection(title: "Loss of the \(all)", note: note, isHalf: true, body: loss.html),
      ReportSection(title: "Accuracy of the \(all)", note: note, isHalf: true, body: accuracy.html),
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
          name: record.configuration.name(ofSeed: member.seed), style: styles[place % styles.count],
          points: member.epochs.map { (Double($0.epoch), $0[keyPath: validation]) })
      }
  }
}
