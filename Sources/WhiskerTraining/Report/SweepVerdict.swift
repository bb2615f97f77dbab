import WhiskerTensor

/// What a sweep says about its settings.
struct SweepVerdict {
  let configuration: SweepConfiguration
  let summary: SweepSummary

  private var best: SettingSummary? { summary.best.map { summary.settings[$0] } }

  var sentence: HTML {
    guard let best, let accuracy = best.validationAccuracy else {
      return summary.failure.map { "No training has come to anything: \($0)." }
        ?? "Nothing has been trained yet."
    }
    guard summary.settings.count > 1 else {
      return "It is right in \(reach(accuracy)) of held-back pictures."
    }
    return
      "Best by the \(configuration.monitor.words) is \(best.name(configuration)): right in \(reach(accuracy)) of held-back pictures."
  }

  private func reach(_ statistics: SeedStatistics) -> HTML {
    "\(share(statistics.mean))\(statistics.halfWidth.map { " ± " + fixed($0 * 100, 1) } ?? "")"
  }

  var remarks: [HTML] {
    guard let best, best.validationAccuracy != nil else { return [] }
    let seeds = configuration.seeds.count
    guard seeds > 1 else {
      return ["One seed tells nothing of chance: with more, there would be an interval."]
    }
    let interval: HTML = "That is the 95&#160;% interval of the mean over \(counted(seeds, "seed"))."
    guard summary.settings.count > 1 else { return [interval] }
    return [interval + " " + noise]
  }

  private var noise: HTML {
    let compared = summary.comparisons.compactMap(\.self).count
    guard compared > 0 else { return "Nothing is complete to compare it with." }
    let names = summary.equals.map { summary.settings[$0].name(configuration) }
    guard !names.isEmpty else { return "No other setting comes within noise of it." }
    let whole = names.count == compared
    return """
      \(whole ? "All differences are within noise: it" : "It") cannot be told from \(names.joined(separator: "; ")) \
      (paired t intervals over the seeds, at 95&#160;% together).
      """
  }
}

extension SettingSummary {
  /// The setting in words, without what is the same of all.
  func name(_ configuration: SweepConfiguration) -> String { configuration.name(of: setting) }
}

extension SweepConfiguration {
  /// A setting in words, without what is the same of all.
  public func name(of setting: SweepSetting) -> String {
    let rates = setting.dropout.isEmpty ? nil : "dropout \(setting.dropoutText)"
    let step =
      learningRates.count > 1 || rates == nil ? "learning rate \(number(setting.learningRate))" : nil
    return [rates, step].compactMap(\.self).joined(separator: ", ")
  }
}
