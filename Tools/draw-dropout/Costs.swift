import Foundation
import WhiskerNN
import WhiskerCore

/// The time of an epoch in seconds and the number of parameters of the network, by rate.
func timeTable(_ folder: String) throws -> String {
  let runs = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  let rates = Dictionary(grouping: runs) { $0.split(separator: "-").first.map(String.init) ?? $0 }
  return try rates.sorted { $0.key < $1.key }.reduce(CSV.row(["rate", "seconds", "parameters"])) {
    text, entry in
    // The minimum, because other load only adds to the time.
    let seconds = try entry.value.flatMap { run in
      try Row.all(in: "\(folder)/\(run)/results.csv").map { $0.number("seconds") }
    }
    return text
      + CSV.row([entry.key, fixed(seconds.min() ?? .nan, 3), try parameters("\(folder)/\(entry.key)-1")])
  }
}

/// The line about the network that `whisker inspect` prints for a run.
private func parameters(_ run: String) throws -> String {
  let line = try text(run + "/inspection").split(separator: "\n").first { $0.hasPrefix("Network") } ?? ""
  return line.filter(\.isNumber)
}

/// The mean output of dropout for ones: divided by the probability of keeping, as implemented, and by the rate, as the
/// tutorial writes it.
func scaleTable() -> String {
  let (rows, features) = (200, 5408)
  let ones = Activations(features: features, capacity: rows)
  for row in 0..<rows { for feature in 0..<features { ones[row, feature] = 1 } }
  let pool = ComputePool(threads: 1)
  return [0.1, 0.25, 0.5, 0.6, 0.7, 0.75].reduce(CSV.row(["rate", "divided_by_kept", "divided_by_rate"])) {
    text, rate in
    let dropout = Dropout(index: 0, rate: rate, features: features, capacity: rows, pool: pool)
    let output = dropout.forward(ones, count: rows, pass: .training(seed: 0, step: 0))
    let sum = (0..<rows).reduce(0.0) { sum, row in
      (0..<features).reduce(sum) { $0 + Double(output[row, $1]) }
    }
    let mean = sum / Double(rows * features)
    return text + CSV.row([plain(rate), fixed(mean, 4), fixed(mean * (1 - rate) / rate, 4)])
  }
}
