import Foundation
import WhiskerTraining

/// A training with one seed.
struct SeedTraining {
  let rate: String
  /// The results of the epoch with the lowest validation loss.
  let best: Row
  /// One per epoch; empty for a sweep, which does not keep them.
  let epochs: [Row]

  /// The trainings of `whisker train --seeds` or of a sweep, by seed.
  /// - Throws: An error naming the file that is missing.
  static func all(in folder: String) throws -> [SeedTraining] {
    try Row.all(in: folder + "/trainings.csv").map { row in
      let epochs = "\(folder)/seed\(row["seed"])/results.csv"
      return SeedTraining(
        rate: row["dropout"], best: row,
        epochs: FileManager.default.fileExists(atPath: epochs) ? try Row.all(in: epochs) : [])
    }
  }

  /// The accuracy of the averaged weights at their lowest loss.
  var bestOfAverage: Double {
    let measured = epochs.filter { $0.number("average_val_loss").isFinite }
    let best = measured.min { $0.number("average_val_loss") < $1.number("average_val_loss") }
    return best?.number("average_val_accuracy") ?? .nan
  }
}

extension [SeedTraining] {
  var accuracies: [Double] { map { $0.best.number("val_accuracy") } }
  /// Without choosing an epoch.
  var lastAccuracies: [Double] { compactMap { $0.epochs.last?.number("val_accuracy") } }

  /// The mean of a column over the seeds, by epoch.
  func means(_ column: String) -> [(x: Double, y: Double)] {
    let count = map(\.epochs.count).min() ?? 0
    return (0..<count).map { epoch in
      (Double(epoch + 1), map { $0.epochs[epoch].number(column) }.reduce(0, +) / Double(self.count))
    }
  }
}
