import Glibc

/// The epochs of the settings of a sweep, and how many settings continue after each rung.
///
/// Successive halving (Jamieson & Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization",
/// AISTATS 2016, algorithm 1): after each of about log2(n) rungs the better half goes on, with about twice the epochs. Nothing
/// is trained anew: a setting that goes on does so from where it stopped.
package struct HalvingPlan {
  package struct Rung: Equatable {
    /// The epochs of a training at the end of the rung.
    package let epochs: Int
    /// The number of settings that continue.
    package let survivors: Int

    package init(epochs: Int, survivors: Int) { (self.epochs, self.survivors) = (epochs, survivors) }
  }

  package let rungs: [Rung]

  /// The plan of a sweep.
  init(_ configuration: SweepConfiguration) {
    let (count, epochs) = (configuration.settings.count, configuration.base.optimization.epochs)
    self =
      configuration.halves
      ? HalvingPlan(halving: count, epochs: epochs) : HalvingPlan(settings: count, epochs: epochs)
  }

  /// A plan that trains every setting to the end.
  package init(settings: Int, epochs: Int) { rungs = [Rung(epochs: epochs, survivors: settings)] }

  /// A plan that gives up the worse half of the settings after every rung.
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
