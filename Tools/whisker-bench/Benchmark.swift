/// A benchmark, by its name for --only.
struct Benchmark: Sendable {
  let name: String
  /// A short description.
  let about: String
  /// Measures whisker and, if requested, its peers. Empty if the data is missing.
  let rows: @Sendable (BenchContext) throws -> [Row]

  /// All benchmarks, in the order of the table.
  static let all: [Benchmark] = [
    training("dropout-cnn", flops: 4.93e6),
    training("mnist-convnet", flops: nil),
    training("deep-dropout-cnn", flops: nil),
    Benchmark(name: "dropout-cnn-64", about: "training on 64x64 in colour", rows: trainOnColor),
    Benchmark(
      name: "residual-64", about: "training of residual on 64x64 in colour, batches of 64",
      rows: trainResidual),
    Benchmark(
      name: "vgg-64", about: "training of four convolutions on 64x64 in colour", rows: trainVGG),
    Benchmark(name: "evaluate", about: "inference of dropout-cnn on pictures in memory", rows: evaluate),
    Benchmark(
      name: "features", about: "features of EfficientNet-Lite0, pictures of 224x224", rows: computeFeatures),
    Benchmark(name: "photos", about: "photos to ten epochs, the whole process", rows: trainOnPhotos),
    Benchmark(name: "preprocess", about: "photos to a tensor cache", rows: preprocess),
    Benchmark(name: "webp", about: "photos as WebP files to a tensor cache", rows: preprocessWebP),
    Benchmark(name: "accuracy", about: "MNIST to a validation accuracy of 0.985", rows: reachAccuracy),
    Benchmark(name: "memory", about: "peak resident memory of training", rows: holdMemory),
    Benchmark(name: "help", about: "whisker --help", rows: help),
    Benchmark(name: "cache", about: "from the command to the first epoch from a cache", rows: startFromCache),
    Benchmark(name: "gather", about: "shuffled batches of pictures in memory", rows: gather),
    Benchmark(name: "augment", about: "augmented pictures in memory, on one core", rows: augment),
    Benchmark(
      name: "scaling", about: "speed, start and memory by the number of rows; needs 16 GB of disk",
      rows: scale),
    Benchmark(
      name: "files", about: "start, first epoch and memory by the number of small files; needs 5 GB of disk",
      rows: scaleFiles),
    Benchmark(name: "kernels", about: "each kernel on a batch of 128, on one core", rows: kernels),
  ]

  private static func training(_ network: String, flops: Double?) -> Benchmark {
    Benchmark(name: network, about: "training on MNIST") { try train(network, flops: flops, $0) }
  }
}
