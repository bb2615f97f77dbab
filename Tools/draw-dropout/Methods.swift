import WhiskerCore
import WhiskerTraining

/// A training method on one dataset.
struct Method {
  let name: String
  let style: String
  /// The validation accuracy of the best epoch, by seed.
  let accuracies: [Double]
  /// The validation accuracy of the last epoch, by seed; empty if it was not recorded.
  let lastAccuracies: [Double]
}

extension MeasuredSet {
  /// The first is the baseline of the comparison.
  var compared: [Method] {
    let averaged = { (name: String) in (self.methods[name] ?? []).map(\.bestOfAverage) }
    let lastAveraged = { (name: String) in
      (self.methods[name] ?? []).compactMap { $0.epochs.last?.number("average_val_accuracy") }
    }
    return [
      method("nothing", "other", "none"),
      Method(
        name: "averaging", style: "third", accuracies: averaged("none"), lastAccuracies: lastAveraged("none")),
      method("L2, 0.1", "third", "decay-0.1"),
      method("L2, 1", "third", "decay-1"),
      method("augmentation", "third", "augment"),
      method("dropout 0.25, 0.5", "main", "dropout"),
      Method(
        name: "best of the sweep: \(bestRate)", style: "main", accuracies: bestOfSweep.accuracies,
        lastAccuracies: []),
      method("dropout auto", "main", "auto"),
      Method(
        name: "dropout, averaging", style: "main", accuracies: averaged("dropout"),
        lastAccuracies: lastAveraged("dropout")),
      method("dropout, augmentation", "main", "dropout-augment"),
    ]
  }

  private func method(_ name: String, _ style: String, _ folder: String) -> Method {
    let trainings = methods[folder] ?? []
    return Method(
      name: name, style: style, accuracies: trainings.accuracies, lastAccuracies: trainings.lastAccuracies)
  }
}

/// Accuracy with dropout and with other regularization methods.
func methods(_ sets: [MeasuredSet]) -> Figure {
  let panels = sets.map { set in
    let entries = set.compared.compactMap { method in
      SeedStatistics(method.accuracies).map {
        MethodChart.Entry(
          name: method.name, style: method.style, mean: $0.mean, deviation: $0.standardDeviation ?? 0)
      }
    }
    return Figure.Panel(title: set.title, drawing: MethodChart(entries: entries).drawing)
  }
  return Figure(
    label: "Validation accuracy with dropout, weight averaging, L2 and augmentation", panels: panels,
    panelHeight: MethodChart.height(sets.first?.compared.count ?? 0))
}

/// The table of the figure, with each method compared to no regularization and to the best fixed rate (paired t intervals over
/// the seeds).
func methodTable(_ sets: [MeasuredSet]) -> String {
  var text = CSV.row([
    "set", "method", "seeds", "val_accuracy_mean", "val_accuracy_sd", "last_val_accuracy_mean",
    "last_val_accuracy_sd",
    "minus_nothing", "minus_nothing_ci", "minus_best_rate", "minus_best_rate_ci",
  ])
  for set in sets {
    let methods = set.compared
    for method in methods {
      let isBase = method.name == methods[0].name
      text += CSV.row(
        [set.title, method.name, String(method.accuracies.count)] + figures(method.accuracies)
          + figures(method.lastAccuracies)
          + (isBase ? ["", ""] : difference(method.accuracies, methods[0].accuracies, of: methods.count - 1))
          + (isBase ? ["", ""] : difference(method.accuracies, set.bestOfSweep.accuracies, of: 1)))
    }
  }
  return text
}

private func figures(_ values: [Double]) -> [String] {
  guard let statistics = SeedStatistics(values) else { return ["", ""] }
  return [fixed(statistics.mean, 6), statistics.standardDeviation.map { fixed($0, 6) } ?? ""]
}

private func difference(_ first: [Double], _ second: [Double], of comparisons: Int) -> [String] {
  guard let comparison = PairedComparison(first, second, comparisons: comparisons) else { return ["", ""] }
  return [fixed(comparison.difference, 6), fixed(comparison.halfWidth, 6)]
}
