import WhiskerTraining
import WhiskerCore

/// The result of a sweep in words.
struct SweepVerdict {
  let configuration: SweepConfiguration
  let summary: SweepSummary

  private var best: SettingSummary? { summary.best.map { summary.settings[$0] } }

  var sentence: HTML {
    guard let best, let accuracy = best.validationAccuracy else {
      return summary.failure.map { "All trainings failed: \($0)." }
        ?? "Nothing has been trained yet."
    }
    guard summary.settings.count > 1 else {
      return "The mean validation accuracy is \(reach(accuracy))."
    }
    return
      "Best by \(configuration.monitor.words): \(best.name(configuration)), with a validation accuracy of \(reach(accuracy))."
  }

  private func reach(_ statistics: SeedStatistics) -> HTML {
    "\(share(statistics.mean))\(statistics.halfWidth.map { " ± " + fixed($0 * 100, 1) } ?? "")"
  }

  var remarks: [HTML] {
    guard let best, best.validationAccuracy != nil else { return [] }
    let seeds = configuration.seeds.count
    guard seeds > 1 else {
      return ["With one seed there is no estimate of the variation between trainings."]
    }
    let interval: HTML =
      "The ± is the 95&#160;% confidence interval of the mean over \(counted(seeds, configuration.repetition))."
    guard summary.settings.count > 1 else { return [interval] }
    return [interval + " " + noise]
  }

  private var noise: HTML {
    let compared = summary.comparisons.compactMap(\.self).count
    guard compared > 0 else { return "No other setting is complete yet." }
    let names = summary.equals.map { summary.settings[$0].name(configuration) }
    guard !names.isEmpty else { return "All other settings are significantly worse." }
    let whole = names.count == compared
    return """
      \(whole ? "No difference is significant: the best setting" : "The best setting") is not significantly better than \
      \(names.joined(separator: "; ")) (paired t intervals over the \(configuration.repetition)s, 95&#160;% simultaneous).
      """
  }
}

extension SettingSummary {
  /// The name of the setting, without the values that all settings share.
  func name(_ configuration: SweepConfiguration) -> String { configuration.name(of: setting) }
}
