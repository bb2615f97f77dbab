import WhiskerCore
import WhiskerReport
import WhiskerTraining

/// Accuracy by dropout rate.
func rates(_ sets: [MeasuredSet]) -> Figure {
  Figure(
    label: "Validation accuracy against the dropout rate, means and standard deviations over the seeds",
    panels: sets.map { set in
      let curve = RateChart.Curve(
        name: "validation", style: "main",
        points: set.settings.map {
          let deviation = $0.number("val_accuracy_sd")
          return ($0.number("dropout"), $0.number("val_accuracy_mean"), deviation.isFinite ? deviation : 0)
        })
      let chart = RateChart(curves: [curve], axis: "dropout rate", best: Double(set.bestRate)) {
        percent($0, max(0, $1 - 2))
      }
      return Figure.Panel(title: set.title, drawing: chart.drawing)
    }, panelHeight: RateChart.height)
}

/// The table of the sweeps' results.
func rateTable(_ sets: [MeasuredSet]) -> String {
  let columns = [
    "dropout", "seeds", "epochs", "accuracy_mean", "accuracy_sd", "val_accuracy_mean", "val_accuracy_sd",
    "val_loss_mean",
    "val_loss_sd", "best_minus_this", "best_minus_this_ci", "verdict",
  ]
  return sets.reduce(CSV.row(["set"] + columns)) { text, set in
    set.settings.reduce(text) { text, row in
      text + CSV.row([set.title] + columns.map { column in row[column] })
    }
  }
}
