import ArgumentParser
import WhiskerTraining

/// A learning-rate schedule: its name and comma-separated settings: `cosine`, `step,epochs=5`.
struct ScheduleValue: ExpressibleByArgument, CustomStringConvertible {
  let schedule: LearningRateSchedule

  static let constant = ScheduleValue(.constant)
  static let defaultCompletionKind = CompletionKind.list([
    "constant", "cosine", "one-cycle", "step", "reduce-on-plateau",
  ])

  init(_ schedule: LearningRateSchedule) { self.schedule = schedule }

  init?(argument: String) {
    let parts = argument.lowercased().split(separator: ",", omittingEmptySubsequences: false)
    guard let settings = Settings(parts.dropFirst()), let schedule = Self.schedule(parts[0], settings),
      settings.isEmpty
    else { return nil }
    self.schedule = schedule
  }

  var description: String { schedule.description }

  private static func schedule(_ name: Substring, _ settings: Settings) -> LearningRateSchedule? {
    switch name {
    case "constant": return .constant
    case "cosine":
      guard let alpha = settings.number("alpha", 0, in: 0...1),
        let warmup = settings.number("warmup", 0, in: 0...1), warmup < 1
      else { return nil }
      return .cosine(alpha: alpha, warmup: warmup > 0 ? warmup : nil)
    case "one-cycle": return oneCycle(settings).map { .oneCycle($0) }
    case "step":
      guard let factor = settings.number("factor", 0.1, in: 0...1), factor > 0,
        let epochs = settings.count("epochs", 0, from: 1)
      else { return nil }
      return .step(factor: factor, epochs: epochs == 0 ? nil : epochs)
    case "reduce-on-plateau": return plateau(settings).map { .reduceOnPlateau($0) }
    default: return nil
    }
  }

  private static func oneCycle(_ settings: Settings) -> LearningRateSchedule.OneCycle? {
    var cycle = LearningRateSchedule.OneCycle()
    guard let start = settings.number("pct_start", cycle.pctStart, in: 0...1),
      let factor = settings.number("div_factor", cycle.divFactor, in: 1...1e12),
      let finalFactor = settings.number("final_div_factor", cycle.finalDivFactor, in: 1...1e12)
    else { return nil }
    (cycle.pctStart, cycle.divFactor, cycle.finalDivFactor) = (start, factor, finalFactor)
    return cycle
  }

  private static func plateau(_ settings: Settings) -> LearningRateSchedule.Plateau? {
    var plateau = LearningRateSchedule.Plateau()
    // A factor of 1 reduces nothing; Keras refuses it as well.
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

/// Fixed dropout rates, `0.3` or `0.25,0.5`, or adaptive ones: `auto` with comma-separated settings.
enum DropoutValue: ExpressibleByArgument {
  case rates([Double])
  case automatic(DropoutAdaptation)

  static let defaultCompletionKind = CompletionKind.list(["auto"])

  init?(argument: String) {
    let parts = argument.lowercased().split(separator: ",", omittingEmptySubsequences: false)
    guard parts[0] == "auto" else {
      let rates = parts.map { Double($0) }
      guard rates.allSatisfy({ $0 != nil }) else { return nil }
      self = .rates(rates.compactMap(\.self))
      return
    }
    guard let settings = Settings(parts.dropFirst()), let adaptation = Self.adaptation(settings),
      settings.isEmpty
    else { return nil }
    self = .automatic(adaptation)
  }

  private static func adaptation(_ settings: Settings) -> DropoutAdaptation? {
    var adaptation = DropoutAdaptation()
    guard let target = settings.number("gap", adaptation.target, in: 0.0001...100),
      let pace = settings.number("pace", adaptation.pace, in: 0...10),
      let least = settings.number("min", adaptation.least, in: 0.0001...0.99),
      let most = settings.number("max", adaptation.most, in: least...0.99)
    else { return nil }
    (adaptation.target, adaptation.pace, adaptation.least, adaptation.most) = (target, pace, least, most)
    return adaptation
  }
}

/// The settings `name=value` of an option. Reading a setting removes it, so that unknown ones remain.
final class Settings {
  private var values: [Substring: Substring] = [:]

  /// Nil if a setting is malformed or repeated.
  init?(_ parts: ArraySlice<Substring>) {
    for part in parts {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2, values.updateValue(sides[1], forKey: sides[0]) == nil else { return nil }
    }
  }

  var isEmpty: Bool { values.isEmpty }

  /// The value, or the default; nil if it is not a number in the range.
  func number(_ name: Substring, _ usual: Double, in range: ClosedRange<Double>) -> Double? {
    guard let text = values.removeValue(forKey: name) else { return usual }
    return Double(text).flatMap { range.contains($0) ? $0 : nil }
  }

  func count(_ name: Substring, _ usual: Int, from least: Int) -> Int? {
    guard let text = values.removeValue(forKey: name) else { return usual }
    return Int(text).flatMap { $0 >= least ? $0 : nil }
  }
}
