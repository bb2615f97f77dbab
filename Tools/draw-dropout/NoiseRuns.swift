import WhiskerCore
import WhiskerReport
import WhiskerTraining

/// Trainings on random pictures with random labels.
struct NoiseRuns {
  private static let styles = ["0": "other", "0.25": "third", "0.5": "main", "0.75": "wrong"]
  private let trainings: [(rate: String, seeds: [SeedTraining])]

  /// - Throws: An error naming the file that is missing.
  init(_ folder: String) throws {
    trainings = try Self.styles.keys.sorted().map { ($0, try SeedTraining.all(in: "\(folder)/\($0)")) }
  }

  var figure: Figure {
    Figure(
      label: "Accuracy by epoch on random labels, for several dropout rates",
      legend: trainings.map { ("dropout \($0.rate)", Self.styles[$0.rate] ?? "main") },
      panels: [
        panel("Training: memorized", "accuracy"), panel("Validation: chance", "val_accuracy"),
      ], panelHeight: CurveChart.height)
  }

  private func panel(_ title: String, _ column: String) -> Figure.Panel {
    let curves = trainings.map { rate, seeds in
      CurveChart.Curve(name: rate, style: Self.styles[rate] ?? "main", points: seeds.means(column))
    }
    let chart = CurveChart(curves: curves, best: nil, mark: "", range: 0.4...1) {
      percent($0, max(0, $1 - 2))
    }
    return Figure.Panel(title: title, drawing: chart.drawing)
  }

  /// Means over the seeds.
  var table: String {
    let columns = ["loss", "accuracy", "val_loss", "val_accuracy"]
    return trainings.reduce(CSV.row(["rate", "epoch"] + columns)) { text, entry in
      let means = columns.map { entry.seeds.means($0) }
      return means[0].indices.reduce(text) { text, epoch in
        text + CSV.row([entry.rate, String(epoch + 1)] + means.map { fixed($0[epoch].y, 6) })
      }
    }
  }
}
