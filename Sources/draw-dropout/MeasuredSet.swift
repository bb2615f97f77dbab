import Foundation
import WhiskerTensor
import WhiskerTraining

/// What was trained on one set of pictures.
struct MeasuredSet {
  let title: String
  /// `settings.csv` of the sweep over the rates.
  let settings: [Row]
  /// The trainings of the best rate of the sweep, by seed.
  let bestOfSweep: [SeedTraining]
  /// By the folder's name.
  let methods: [String: [SeedTraining]]

  /// All sets of a folder of `scripts/dropout-figures`.
  /// - Throws: An error naming the file that is missing or not as expected.
  static func all(in runs: String) throws -> [MeasuredSet] {
    try CSV.parse(text(runs + "/sets.csv")).map {
      try MeasuredSet("\(runs)/\($0[0])", title: $0[1])
    }
  }

  private init(_ folder: String, title: String) throws {
    self.title = title
    settings = try Row.all(in: folder + "/rates/settings.csv")
    guard let best = settings.first(where: { $0["verdict"] == "best" }) else {
      throw FileError(
        folder + "/rates/settings.csv", "has no best rate: remove the folder and run the script again")
    }
    bestOfSweep = try SeedTraining.all(in: folder + "/rates").filter { $0.rate == best["dropout"] }
    methods = try Dictionary(
      uniqueKeysWithValues: ["none", "dropout", "auto", "decay-0.1", "decay-1", "augment", "dropout-augment"]
        .map {
          ($0, try SeedTraining.all(in: "\(folder)/\($0)"))
        })
  }

  var bestRate: String { settings.first { $0["verdict"] == "best" }?["dropout"] ?? "" }
}
