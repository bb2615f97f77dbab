import Glibc

/// The learning rate schedule: a pure function of the step and of the epochs before it.
public enum LearningRateSchedule: Sendable, Codable, Equatable {
  /// Constant.
  case constant
  /// Half a cosine from the initial rate in the first step to `alpha` times it after the last, as Keras's `CosineDecay`
  /// over all steps (Loshchilov & Hutter, "SGDR", ICLR 2017, equation 5).
  case cosine(alpha: Double = 0)
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
    if case .cosine = self { true } else { false }
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
    switch schedule {
    case .constant: return initial
    case .cosine(let alpha):
      let total = Double(max(1, course.epochs * course.stepsPerEpoch))
      let decay = 0.5 * (1 + cos(.pi * min(Double(step), total) / total))
      return initial * ((1 - alpha) * decay + alpha)
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
    case .cosine(let alpha): "cosine,alpha=\(alpha)"
    case .step(let factor, let epochs): "step,factor=\(factor)" + (epochs.map { ",epochs=\($0)" } ?? "")
    case .reduceOnPlateau(let plateau):
      "reduce-on-plateau,factor=\(plateau.factor),patience=\(plateau.patience),min_delta=\(plateau.minDelta),"
        + "cooldown=\(plateau.cooldown),min_lr=\(plateau.minLearningRate)"
    }
  }
}
