import Glibc

/// How many epochs the settings of a sweep are trained, and how many of them go on.
///
/// Successive halving (Jamieson & Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization",
/// AISTATS 2016, algorithm 1): after each of about log2(n) rungs the better half goes on, with about twice the epochs. Nothing
/// is trained anew: a setting that goes on does so from where it stopped.
package struct HalvingPlan {
  package struct Rung: Equatable {
    /// How many epochs a training has behind it at the end of the rung.
    package let epochs: Int
    /// How many settings go on.
    package let survivors: Int

    package init(epochs: Int, survivors: Int) { (self.epochs, self.survivors) = (epochs, survivors) }
  }

  package let rungs: [Rung]

  /// The plan of a sweep.
  init(_ configuration: SweepConfiguration) {
    let (count, epochs) = (configuration.settings.count, configuration.base.epochs)
    self =
      configuration.halves
      ? HalvingPlan(halving: count, epochs: epochs) : HalvingPlan(settings: count, epochs: epochs)
  }

  /// Every setting is trained to the end.
  package init(settings: Int, epochs: Int) { rungs = [Rung(epochs: epochs, survivors: settings)] }

  /// The worse half of the settings is given up again and again.
  package init(halving settings: Int, epochs: Int) {
    let halvings = min(Int(log2(Double(max(1, settings))).rounded(.up)), Int(log2(Double(max(1, epochs)))))
    var (rungs, left) = ([Rung](), settings)
    for rung in 0..<halvings {
      left = (left + 1) / 2
      rungs.append(Rung(epochs: max(1, epochs >> (halvings - rung)), survivors: left))
    }
    self.rungs = rungs + [Rung(epochs: epochs, survivors: left)]
  }
}
