import Glibc

/// The learning rate schedule: a pure function of the step and of the epochs before it.
public enum LearningRateSchedule: Sendable, Codable, Equatable {
  /// Constant.
  case constant
  /// Half a cosine from the initial rate in the first step to `alpha` times it after the last, as Keras's `CosineDecay`
  /// over all steps (Loshchilov & Hutter, "SGDR", ICLR 2017, equation 5).
  ///
  /// With `warmup`, a fraction of all steps, 0 to below 1, the rate first rises linearly: step s of w has (s + 1) / (w + 1)
  /// times the initial rate (Goyal et al., "Accurate, Large Minibatch SGD", 2017, section 2.2). The cosine is over the
  /// other steps. nil for no warm-up.
  case cosine(alpha: Double = 0, warmup: Double? = nil)
  /// A rise to the configured rate and a fall to almost 0, both half a cosine, as PyTorch's `OneCycleLR` (Smith & Topin,
  /// "Super-Convergence", 2018). The optimizer's momentum is constant, as with `cycle_momentum=False`.
  case oneCycle(OneCycle = OneCycle())
  /// Times `factor` after every so many epochs; nil for a third of all epochs, rounded up.
  case step(factor: Double = 0.1, epochs: Int? = nil)
  /// Times `factor` when the validation loss stops improving, as Keras's `ReduceLROnPlateau`.
  case reduceOnPlateau(Plateau = Plateau())

  /// The settings of `reduceOnPlateau`, with the names and defaults of Keras's `ReduceLROnPlateau`.
  public struct Plateau: Sendable, Codable, Equatable {
    /// The factor of a reduction.
    public var factor = 0.1
    /// The epochs without improvement before a reduction.
    public var patience = 10
    /// The least improvement of the loss that counts.
    public var minDelta = 0.0001
    /// The epochs after a reduction that do not count.
    public var cooldown = 0
    /// The lower bound of the rate.
    public var minLearningRate = 0.0

    /// Keras's defaults.
    public init() {}
  }

  /// The settings of `oneCycle`, with the names and defaults of PyTorch's `OneCycleLR`.
  public struct OneCycle: Sendable, Codable, Equatable {
    /// The fraction of the steps in which the rate rises, 0 to 1.
    public var pctStart = 0.3
    /// The peak rate divided by the rate of the first step.
    public var divFactor = 25.0
    /// The rate of the first step divided by that of the last one.
    public var finalDivFactor = 1e4

    /// PyTorch's defaults.
    public init() {}

    /// The rate of a step, up to `total` steps, from the peak rate.
    func rate(peak: Double, step: Int, of total: Int) -> Double {
      let (first, place, last) = (peak / divFactor, Double(step), Double(total - 1))
      let top = pctStart * Double(total) - 1
      // A cycle with less than a step before its top starts there.
      if place <= top, top > 0 { return Self.cosine(from: first, to: peak, at: place / top) }
      let progress = last > top ? min(1, (place - top) / (last - top)) : 1
      return Self.cosine(from: peak, to: first / finalDivFactor, at: progress)
    }

    /// The value of half a cosine from `start` to `end`.
    private static func cosine(from start: Double, to end: Double, at progress: Double) -> Double {
      end + (start - end) / 2 * (1 + cos(.pi * progress))
    }
  }

  /// The length of a training.
  public struct Course: Sendable {
    /// The number of epochs.
    public let epochs: Int
    /// The steps of each.
    public let stepsPerEpoch: Int

    /// A training of so many epochs and steps.
    public init(epochs: Int, stepsPerEpoch: Int) {
      (self.epochs, self.stepsPerEpoch) = (epochs, stepsPerEpoch)
    }
  }

  /// Whether the rate changes within epochs.
  var changesWithEveryStep: Bool {
    switch self {
    case .cosine, .oneCycle: true
    case .constant, .step, .reduceOnPlateau: false
    }
  }

  /// The rate of a step.
  /// - Parameters:
  ///   - initial: The initial rate.
  ///   - step: The steps made before it.
  ///   - losses: The losses of the epochs before it.
  ///   - course: The length of the training.
  public func rate(from initial: Double, step: Int, losses: [Double], in course: Course) -> Double {
    var progress = ScheduleProgress(self, from: initial)
    for loss in losses { progress.note(loss) }
    return progress.rate(step: step, in: course)
  }
}

/// A schedule with the state that it derives from the epochs so far.
struct ScheduleProgress {
  private let schedule: LearningRateSchedule
  private let initial: Double
  private var epochs = 0
  /// The rate after the reductions so far.
  private var (best, waited, cooling) = (Double.infinity, 0, 0)
  private var reduced: Double

  /// Before the first epoch.
  init(_ schedule: LearningRateSchedule, from initial: Double) {
    (self.schedule, self.initial, reduced) = (schedule, initial, initial)
  }

  /// Notes the loss of an epoch.
  mutating func note(_ loss: Double) {
    epochs += 1
    if case .reduceOnPlateau(let plateau) = schedule { note(loss, plateau) }
  }

  private mutating func note(_ loss: Double, _ plateau: LearningRateSchedule.Plateau) {
    if cooling > 0 {
      cooling -= 1
      waited = 0
    }
    guard loss >= best - plateau.minDelta else {
      (best, waited) = (loss, 0)
      return
    }
    guard cooling == 0 else { return }
    waited += 1
    guard waited >= plateau.patience, reduced > plateau.minLearningRate else { return }
    reduced = max(reduced * plateau.factor, plateau.minLearningRate)
    (cooling, waited) = (plateau.cooldown, 0)
  }

  /// The rate of the step after so many steps.
  func rate(step: Int, in course: LearningRateSchedule.Course) -> Double {
    let steps = max(1, course.epochs * course.stepsPerEpoch)
    switch schedule {
    case .constant: return initial
    case .cosine(let alpha, let warmup):
      let rise = Int((Double(steps) * min(max(warmup ?? 0, 0), 1)).rounded())
      if step < rise { return initial * Double(step + 1) / Double(rise + 1) }
      let total = Double(max(1, steps - rise))
      let decay = 0.5 * (1 + cos(.pi * min(Double(step - rise), total) / total))
      return initial * ((1 - alpha) * decay + alpha)
    case .oneCycle(let cycle): return cycle.rate(peak: initial, step: step, of: steps)
    case .step(let factor, let length):
      return initial * pow(factor, Double(epochs / max(1, length ?? (course.epochs + 2) / 3)))
    case .reduceOnPlateau: return reduced
    }
  }
}

extension LearningRateSchedule: CustomStringConvertible {
  /// The schedule in the form of the tool's option, with every setting: "step,factor=0.1,epochs=4".
  public var description: String {
    switch self {
    case .constant: "constant"
    case .cosine(let alpha, let warmup): "cosine,alpha=\(alpha)" + (warmup.map { ",warmup=\($0)" } ?? "")
    case .oneCycle(let cycle):
      "one-cycle,pct_start=\(cycle.pctStart),div_factor=\(cycle.divFactor),"
        + "final_div_factor=\(cycle.finalDivFactor)"
    case .step(let factor, let epochs): "step,factor=\(factor)" + (epochs.map { ",epochs=\($0)" } ?? "")
    case .reduceOnPlateau(let plateau):
      "reduce-on-plateau,factor=\(plateau.factor),patience=\(plateau.patience),min_delta=\(plateau.minDelta),"
        + "cooldown=\(plateau.cooldown),min_lr=\(plateau.minLearningRate)"
    }
  }
}
