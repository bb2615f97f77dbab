extension Benchmark {
  private static let goal = 0.985

  /// From the command to the end of the epoch that first reaches the accuracy.
  static func reachAccuracy(_ place: Workplace) throws -> [Row] {
    let seconds = try place.measure {
      let process = try place.train(place.digits, ["--epochs", place.isQuick ? "2" : "10", "--verbose", "2"])
        .process
      return process.lines.first { accuracy(of: $0.text) ?? 0 >= goal }?.seconds ?? .infinity
    }
    guard seconds.allSatisfy(\.isFinite) else {
      complain("\(place.digits) is not learned to \(goal) in ten epochs")
      return []
    }
    return [Row("MNIST to \(goal)", "whisker", unit: "s", seconds)]
  }

  /// What follows `val_accuracy` in a line that tells an epoch.
  private static func accuracy(of line: String) -> Double? {
    let words = line.split(separator: " ")
    guard let place = words.firstIndex(of: "val_accuracy"), place + 1 < words.count else { return nil }
    return Double(words[place + 1])
  }

  static func holdMemory(_ place: Workplace) throws -> [Row] {
    let held = try place.measure { try place.train(place.digits, ["--epochs", "2"]).process.megabytes }
    return [Row("memory, training MNIST", "whisker", unit: "MB", held)]
  }

  static func help(_ place: Workplace) throws -> [Row] {
    let milliseconds = try place.measure { try Subprocess([place.whisker, "--help"]).seconds * 1000 }
    return [Row("--help", "whisker", unit: "ms", milliseconds)]
  }
}
