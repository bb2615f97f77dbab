import Glibc

/// Adaptive dropout rates: after each validation they rise or fall with the gap between the network's loss on validation
/// samples and that on training samples.
///
/// The gap is the validation loss minus the loss on training samples, both without dropout, as a fraction of log(classes), the
/// loss of guessing. Dropout keeps it small: a wide gap means that the network overfits,
/// so that more dropout helps; a narrow one that dropout prevents it from learning more.
///
/// The factor of dropout has the variance r / (1 - r), the odds of dropping. The odds change by the same factor
/// in every layer, so that the layers' rates keep their order, and none reaches 0 or 1:
///
///     odds *= exp(pace * clamp(gap / target - 1, -1/4 ... 1) * epochs)
///
/// where `epochs` is the time since the previous validation, so that the interval of validation does not matter. One
/// validation is noisy, so a step is small, and bounded on both sides. Rates fall at most a quarter as fast
/// as they rise: too much dropout only costs time, but overfitting is not undone, and in the first
/// epochs every network has a narrow gap. With equal speeds, networks overfitted photos before the rates were up again.
///
/// The rates are a pure function of the earlier reports, so that a resumed training has the same rates.
public struct DropoutAdaptation: Sendable, Codable, Equatable {
  /// The target of the gap, a fraction of log(classes).
  public var target = 0.05
  /// The maximum rise of the logarithm of the odds per epoch.
  public var pace = 0.25
  /// The minimum of a rate. A lower one, 0 included, counts as this, or could never rise.
  public var least = 0.01
  /// The maximum of a rate. A higher one counts as this.
  public var most = 0.75

  /// The maximum fall of the logarithm of the odds, as a fraction of its maximum rise.
  private static let relief = 0.25

  /// Settings that worked well on photos, and on small and large sets of digits.
  public init() {}

  /// The rates after a validation.
  /// - Parameters:
  ///   - gap: The validation loss minus the training loss, in nats.
  ///   - epochs: The epochs since the previous validation.
  package func rates(after rates: [Double], gap: Double, classCount: Int, epochs: Double) -> [Double] {
    let excess = gap / log(Double(max(2, classCount))) / target - 1
    let factor = exp(pace * min(max(excess, -Self.relief), 1) * min(1, epochs))
    return rates.map { rate in
      let bounded = min(max(rate, least), most)
      let odds = bounded / (1 - bounded) * factor
      // Six decimals, as in results.csv, are finer than the masks.
      return (min(max(odds / (1 + odds), least), most) * 1e6).rounded() / 1e6
    }
  }
}

extension DropoutAdaptation: CustomStringConvertible {
  /// The settings in the form of the tool's option: "auto,gap=0.05,pace=0.25,min=0.01,max=0.75".
  public var description: String { "auto,gap=\(target),pace=\(pace),min=\(least),max=\(most)" }
}
