import ArgumentParser
import WhiskerTraining

/// Dropout rates, `0.3` or `0.25,0.5`, or rates that follow the training: `auto`, with settings behind commas.
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
      settings.isUsedUp
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
