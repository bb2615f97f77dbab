import Glibc

/// Dropout rates that follow the training: after each validation they rise or fall by how far the network does better on
/// what it has learned than on what it has not seen.
///
/// The gap is the validation loss less the loss on training samples, both without dropout, as a share of log(classes), the
/// loss of a network that knows nothing. Dropout is there to keep it small: a wide gap means that the network learns its
/// samples by heart, so that more dropout pays; a narrow one that dropout holds back what could still be learned.
///
/// What dropout multiplies by has the variance r / (1 - r), the odds of dropping. They are what changes, by the same factor
/// in every layer, so that the layers' rates keep their order, and none reaches 0 or 1:
///
///     odds *= exp(pace * clamp(gap / target - 1, -1/4 ... 1) * epochs)
///
/// where `epochs` is the time since the validation before, so that the pace is the same however often is validated. One
/// validation says little, which is why a step is small, and bounded on both sides. Rates fall at most a quarter as fast
/// as they rise: too much dropout costs time, but what has been learned by heart is not unlearned, and in the first
/// epochs every network has a narrow gap. With as much as they rise, photos were over-fitted before the rates were up again.
///
/// The rates are a pure function of the reports before them, so that a resumed training has the same.
public struct DropoutAdaptation: Sendable, Codable, Equatable {
  /// The gap that is aimed at, a share of log(classes).
  public var target = 0.05
  /// The most that the logarithm of the odds rises in an epoch.
  public var pace = 0.25
  /// The least that a rate becomes. A lower one, 0 included, counts as this, or could never rise.
  public var least = 0.01
  /// The most that a rate becomes. A higher one counts as this.
  public var most = 0.75

  /// The most that the logarithm of the odds falls, as a share of the most that it rises.
  private static let relief = 0.25

  /// Settings that did well on photos, and on small and large sets of digits.
  public init() {}

  /// The rates after a validation.
  /// - Parameters:
  ///   - gap: The validation loss less the training loss, in nats.
  ///   - epochs: How long the rates were in use, in epochs.
  package func rates(after rates: [Double], gap: Double, classCount: Int, epochs: Double) -> [Double] {
    let excess = gap / log(Double(max(2, classCount))) / target - 1
    let factor = exp(pace * min(max(excess, -Self.relief), 1) * min(1, epochs))
    return rates.map { rate in
      let bounded = min(max(rate, least), most)
      let odds = bounded / (1 - bounded) * factor
      // Six decimals, which is what results.csv tells, are finer than the masks.
      return (min(max(odds / (1 + odds), least), most) * 1e6).rounded() / 1e6
    }
  }
}

extension TrainingState {
  /// The rates that follow from the last validation; nil where there is none yet that tells the gap.
  func dropoutRates(_ adaptation: DropoutAdaptation, classCount: Int, stepsPerEpoch: Int) -> [Double]? {
    let reports = (epochs.suffix(2) + validations.suffix(2)).sorted { $0.step < $1.step }
    guard let last = reports.last, let dropout = last.dropout, let loss = last.validationLoss else {
      return nil
    }
    let steps = last.step - (reports.dropLast().last?.step ?? 0)
    return adaptation.rates(
      after: dropout.rates, gap: loss - dropout.trainingLoss, classCount: classCount,
      epochs: Double(steps) / Double(stepsPerEpoch))
  }
}

extension DropoutAdaptation: CustomStringConvertible {
  /// The settings as the tool's option says them: "auto,gap=0.05,pace=0.25,min=0.01,max=0.75".
  public var description: String { "auto,gap=\(target),pace=\(pace),min=\(least),max=\(most)" }
}
