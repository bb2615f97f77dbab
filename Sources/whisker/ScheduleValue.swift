import ArgumentParser
import WhiskerTraining

/// A learning-rate schedule: its name, and settings behind commas: `cosine`, `step,epochs=5`.
struct ScheduleValue: ExpressibleByArgument, CustomStringConvertible {
  let schedule: LearningRateSchedule

  static let constant = ScheduleValue(.constant)
  static let defaultCompletionKind = CompletionKind.list(["constant", "cosine", "step", "reduce-on-plateau"])

  init(_ schedule: LearningRateSchedule) { self.schedule = schedule }

  init?(argument: String) {
    let parts = argument.lowercased().split(separator: ",", omittingEmptySubsequences: false)
    guard let settings = Settings(parts.dropFirst()), let schedule = Self.schedule(parts[0], settings),
      settings.isUsedUp
    else { return nil }
    self.schedule = schedule
  }

  var description: String { schedule.description }

  private static func schedule(_ name: Substring, _ settings: Settings) -> LearningRateSchedule? {
    switch name {
    case "constant": return .constant
    case "cosine": return settings.number("alpha", 0, in: 0...1).map { .cosine(alpha: $0) }
    case "step":
      guard let factor = settings.number("factor", 0.1, in: 0...1), factor > 0,
        let epochs = settings.count("epochs", 0, from: 1)
      else { return nil }
      return .step(factor: factor, epochs: epochs == 0 ? nil : epochs)
    case "reduce-on-plateau": return plateau(settings).map { .reduceOnPlateau($0) }
    default: return nil
    }
  }

  private static func plateau(_ settings: Settings) -> LearningRateSchedule.Plateau? {
    var plateau = LearningRateSchedule.Plateau()
    // Keras refuses a factor of 1 as well, with which nothing would be reduced.
    guard let factor = settings.number("factor", plateau.factor, in: 0...1), factor < 1,
      let patience = settings.count("patience", plateau.patience, from: 0),
      let minDelta = settings.number("min_delta", plateau.minDelta, in: 0...Double.greatestFiniteMagnitude),
      let cooldown = settings.count("cooldown", plateau.cooldown, from: 0),
      let least = settings.number("min_lr", plateau.minLearningRate, in: 0...Double.greatestFiniteMagnitude)
    else { return nil }
    (plateau.factor, plateau.patience, plateau.minDelta) = (factor, patience, minDelta)
    (plateau.cooldown, plateau.minLearningRate) = (cooldown, least)
    return plateau
  }
}
