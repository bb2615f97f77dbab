import WhiskerCore
import WhiskerReport
import WhiskerTraining

private let settings = [("none", "no dropout", "other"), ("dropout", "dropout", "main")]

/// Loss by epoch with and without dropout.
func overfitting(_ sets: [MeasuredSet]) -> Figure {
  Figure(
    label: "Training and validation loss by epoch, with and without dropout",
    legend: settings.flatMap { [("validation, \($0.1)", $0.2), ("training, \($0.1)", $0.2 + " faint")] },
    panels: sets.map { set in
      let curves = settings.flatMap { setting -> [CurveChart.Curve] in
        let trainings = set.methods[setting.0] ?? []
        return [
          .init(name: "training", style: setting.2 + " faint", points: trainings.means("loss")),
          .init(name: "validation", style: setting.2, points: trainings.means("val_loss")),
        ]
      }
      let chart = CurveChart(curves: curves, best: nil, mark: "", range: 0...0) { fixed($0, $1) }
      return Figure.Panel(title: set.title, drawing: chart.drawing)
    }, panelHeight: CurveChart.height)
}

/// The table of the figure: means over the seeds.
func epochTable(_ sets: [MeasuredSet]) -> String {
  let columns = ["loss", "accuracy", "val_loss", "val_accuracy"]
  var text = CSV.row(["set", "setting", "epoch"] + columns)
  for set in sets {
    for setting in settings {
      let means = columns.map { (set.methods[setting.0] ?? []).means($0) }
      for epoch in means[0].indices {
        text += CSV.row(
          [set.title, setting.1, plain(means[0][epoch].x)] + means.map { fixed($0[epoch].y, 6) })
      }
    }
  }
  return text
}
