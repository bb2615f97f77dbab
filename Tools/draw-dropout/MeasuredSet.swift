import Foundation
import WhiskerCore
import WhiskerTraining

/// The trainings on one dataset.
struct MeasuredSet {
  let title: String
  /// The rows of `settings.csv` of the sweep over the rates.
  let settings: [Row]
  /// The trainings with the best rate of the sweep, by seed.
  let bestOfSweep: [SeedTraining]
  /// By the name of the folder.
  let methods: [String: [SeedTraining]]

  /// All datasets in a folder of `scripts/dropout-figures`.
  /// - Throws: An error naming the file that is missing or not as expected.
  static func all(in runs: String) throws -> [MeasuredSet] {
    try CSV.parse(text(runs + "/sets.csv")).map {
      try MeasuredSet("\(runs)/\($0[0])", title: $0[1])
    }
  }

  private init(_ folder: String, title: String) throws {
    self.title = title
    let trainings = try SeedTraining.all(in: folder + "/rates")
    settings = Self.ranked(try Row.all(in: folder + "/rates/settings.csv"), trainings)
    guard let best = settings.first(where: { $0["verdict"] == "best" }) else {
      throw FileError(
        folder + "/rates/settings.csv", "has no best rate: remove the folder and run the script again")
    }
    bestOfSweep = trainings.filter { $0.rate == best["dropout"] }
    methods = try Dictionary(
      uniqueKeysWithValues: ["none", "dropout", "auto", "decay-0.1", "decay-1", "augment", "dropout-augment"]
        .map {
          ($0, try SeedTraining.all(in: "\(folder)/\($0)"))
        })
  }

  /// The settings compared by accuracy. The sweep itself compares them by the monitored metric, the loss.
  private static func ranked(_ settings: [Row], _ trainings: [SeedTraining]) -> [Row] {
    let accuracies = Dictionary(grouping: trainings, by: \.rate).mapValues(\.accuracies)
    let means = settings.map { $0.number("val_accuracy_mean") }
    guard let best = settings.indices.filter({ means[$0].isFinite }).max(by: { means[$0] < means[$1] }),
      let highest = accuracies[settings[best]["dropout"]]
    else { return settings }
    return settings.enumerated().map { place, row in
      guard place != best else {
        return row.with(["best_minus_this": "", "best_minus_this_ci": "", "verdict": "best"])
      }
      guard
        let comparison = PairedComparison(
          highest, accuracies[row["dropout"]] ?? [], comparisons: settings.count - 1)
      else { return row.with(["best_minus_this": "", "best_minus_this_ci": "", "verdict": ""]) }
      return row.with([
        "best_minus_this": fixed(comparison.difference, 6),
        "best_minus_this_ci": fixed(comparison.halfWidth, 6),
        "verdict": comparison.isWithinNoise ? "within noise" : "worse",
      ])
    }
  }

  var bestRate: String { settings.first { $0["verdict"] == "best" }?["dropout"] ?? "" }
}
