import WhiskerCore
import WhiskerNN

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
    let pace = try place.trainingPace(photos, colorOptions)
    return try beside(Row("dropout-cnn, 64x64x3", "whisker", unit: "images/s", pace), "dropout-cnn-64", place)
  }

  /// Training of the preset `residual` on batches of 64.
  static func trainResidual(_ place: BenchContext) throws -> [Row] {
    guard let photos = place.photos else { return [] }
    let row = Row(
      "residual, 64x64x3", "whisker", unit: "images/s", try place.trainingPace(photos, residualOptions))
    return try beside(row, "residual-64", place, among: ["PyTorch"])
  }

  /// Training of a network of four convolutions on batches of 128.
  static func trainVGG(_ place: BenchContext) throws -> [Row] {
    guard let photos = place.photos else { return [] }
    let network = "\(place.scratch)/vgg.json"
    try AtomicFile.write(StableJSON.page(vgg), to: network)
    let pace = try place.trainingPace(photos, colorOptions + ["--network", network, "--batch-size", "128"])
    return try beside(
      Row("vgg, 64x64x3", "whisker", unit: "images/s", pace), "vgg-64", place, among: ["PyTorch"])
  }

  /// The options of a training on 64x64 in colour.
  private static let colorOptions = ["--image-size", "64", "--color-mode", "rgb"]
  static let residualOptions = colorOptions + ["--network", "residual", "--batch-size", "64"]

  private static var vgg: NetworkSpecification {
    NetworkSpecification(
      layers: [32, 64, 128, 128].flatMap { filters -> [LayerSpecification] in
        [.convolution(filters: filters, kernel: 3), .relu, .maxPool(size: 2)]
      } + [.flatten, .dense(units: 128), .relu, .dropout(rate: 0.5), .dense(units: nil)])
  }

  /// Adds the rows of the peers.
  /// - Parameter names: The peers whose script has the network; nil for all.
  private static func beside(
    _ row: Row, _ network: String, _ place: BenchContext, among names: [String]? = nil
  ) throws -> [Row] {
    var ours = row
    var rows: [Row] = []
    for (name, script) in peers where names?.contains(name) ?? true {
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
      return epochs.dropFirst().map(\.imagesPerSecond).median
    }
  }
}
