import WhiskerCore

extension Benchmark {
  private static let peers = [("Keras", "train_keras.py"), ("PyTorch", "train_torch.py")]

  /// Training of a preset on MNIST.
  /// - Parameter flops: The floating-point operations per picture, including those with zeros.
  static func train(_ network: String, flops: Double?, _ place: BenchContext) throws -> [Row] {
    let pace = try place.trainingPace(place.digits, ["--network", network])
    var row = Row(network, "whisker", unit: "images/s", pace)
    if let flops { row.compare(with: place.peak * 1e9 / flops, "of the peak") }
    return try beside(row, network, place)
  }

  static func trainOnColor(_ place: BenchContext) throws -> [Row] {
    guard let photos = place.photos else { return [] }
    let pace = try place.trainingPace(photos, ["--image-size", "64", "--color-mode", "rgb"])
    return try beside(Row("dropout-cnn, 64x64x3", "whisker", unit: "images/s", pace), "dropout-cnn-64", place)
  }

  private static func beside(_ row: Row, _ network: String, _ place: BenchContext) throws -> [Row] {
    var ours = row
    var rows: [Row] = []
    for (name, script) in peers {
      guard let pace = try place.figures(script, network, place.digits, "\(place.runs + 1)") else { continue }
      let theirs = Row(row.benchmark, name, unit: row.unit, pace)
      ours.compare(with: theirs.median, "x \(name)")
      rows.append(theirs)
    }
    return [ours] + rows
  }
}

extension BenchContext {
  /// The images per second of every run: the median of all epochs but the first, which also reads the data.
  fileprivate func trainingPace(_ data: String, _ options: [String]) throws -> [Double] {
    try measure {
      let epochs = try train(data, ["--epochs", isQuick ? "2" : "4"] + options).epochs
      return Row("", "", unit: "", epochs.dropFirst().map(\.imagesPerSecond)).median
    }
  }
}
