extension Benchmark {
  private static let goal = 0.985

  /// The time from the start of the process to the end of the first epoch with the target accuracy, for the default network and
  /// for the one that reaches it fastest.
  static func reachAccuracy(_ place: BenchContext) throws -> [Row] {
    try ["dropout-cnn", "mnist-convnet"].compactMap { network in
      let seconds = try place.measure { try secondsToGoal(network, place) }
      guard seconds.allSatisfy(\.isFinite) else {
        complain("\(network) does not reach an accuracy of \(goal) on \(place.digits) in ten epochs")
        return nil
      }
      return Row("MNIST to \(goal), \(network)", "whisker", unit: "s", seconds)
    }
  }

  private static func secondsToGoal(_ network: String, _ place: BenchContext) throws -> Double {
    let options = ["--network", network, "--epochs", place.isQuick ? "2" : "10", "--verbose", "2"]
    let lines = try place.train(place.digits, options).process.lines
    return lines.first { accuracy(of: $0.text) ?? 0 >= goal }?.seconds ?? .infinity
  }

  /// The value after `val_accuracy` in the output line of an epoch.
  private static func accuracy(of line: String) -> Double? {
    let words = line.split(separator: " ")
    guard let place = words.firstIndex(of: "val_accuracy"), place + 1 < words.count else { return nil }
    return Double(words[place + 1])
  }

  static func holdMemory(_ place: BenchContext) throws -> [Row] {
    let digits = try memory("memory, training MNIST", place.digits, [], place)
    guard let photos = place.photos else { return [digits] }
    return [digits, try memory("memory, residual, 64x64x3", photos, residualOptions, place)]
  }

  private static func memory(
    _ name: String, _ data: String, _ options: [String], _ place: BenchContext
  ) throws -> Row {
    let held = try place.measure { try place.train(data, ["--epochs", "2"] + options).process.megabytes }
    return Row(name, "whisker", unit: "MB", held)
  }

  static func help(_ place: BenchContext) throws -> [Row] {
    let milliseconds = try place.measure { try Subprocess([place.whisker, "--help"]).seconds * 1000 }
    return [Row("--help", "whisker", unit: "ms", milliseconds)]
  }
}
