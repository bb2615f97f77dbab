import Dispatch
import WhiskerCore
import WhiskerNN

extension Benchmark {
  /// Features of EfficientNet-Lite0 for pictures of 224x224, one picture per thread at a time, as `FeatureClassifier` does.
  static func computeFeatures(_ place: BenchContext) throws -> [Row] {
    let network = try EfficientNetLite0.network()
    let pictures = PictureNetwork(InferenceGraph(network), input: network.inputShape)
    let threads = Machine.cores
    let count = place.isQuick ? threads : 100
    var random = RandomStream(seed: 0, purpose: .samples)
    let pixels = (0..<network.inputShape.count).map { _ in UInt8(random.next(below: 256)) }
    func compute(_ count: Int) -> Double {
      let start = ContinuousClock.now
      let left = Lock(Array(0..<count))
      DispatchQueue.concurrentPerform(iterations: threads) { _ in
        var output = [Float](repeating: 0, count: pictures.outputCount)
        while left.withLock({ $0.popLast() }) != nil { pictures.compute(pixels, into: &output) }
      }
      return Double(count) / ((ContinuousClock.now - start) / .seconds(1))
    }
    _ = compute(threads)
    // The peak before each run, because a core's frequency changes.
    var peaks: [Double] = []
    let rates = try place.measure {
      peaks.append(PeakRate.measure(cores: threads) * 1e9 / EfficientNetLite0.operations)
      return compute(count)
    }
    var row = Row("lite0 features 224", "whisker", unit: "pictures/s", rates)
    row.compare(with: peaks.median, "of the peak")
    guard let theirs = try place.figures("features_onnx.py", "\(place.runs)") else { return [row] }
    let peer = Row(row.benchmark, "ONNX Runtime", unit: row.unit, theirs)
    row.compare(with: peer.median, "x ONNX Runtime")
    return [row, peer]
  }
}

/// EfficientNet-Lite0 up to its features (Tan & Le, "EfficientNet", ICML 2019, in the variant for mobile devices).
private enum EfficientNetLite0 {
  /// The floating-point operations of a picture: two for each of the 384 million multiply-adds of the convolutions.
  static let operations = 0.768e9

  /// A stage of blocks: the factor of expansion, the filters, the number of blocks, and the stride and kernel of the first.
  private struct Stage {
    let expansion, filters, count, stride, kernel: Int
  }

  private static let stages = [
    Stage(expansion: 1, filters: 16, count: 1, stride: 1, kernel: 3),
    Stage(expansion: 6, filters: 24, count: 2, stride: 2, kernel: 3),
    Stage(expansion: 6, filters: 40, count: 2, stride: 2, kernel: 5),
    Stage(expansion: 6, filters: 80, count: 3, stride: 2, kernel: 3),
    Stage(expansion: 6, filters: 112, count: 3, stride: 1, kernel: 5),
    Stage(expansion: 6, filters: 192, count: 4, stride: 2, kernel: 5),
    Stage(expansion: 6, filters: 320, count: 1, stride: 1, kernel: 3),
  ]

  /// A network with random weights. Its classifier is small, so that the features are all of the time.
  static func network() throws -> Network {
    let network = try Network(
      NetworkSpecification(
        layers: layers + [LayerSpecification(GlobalAveragePoolKind()), .dense(units: nil)]),
      input: .map(channels: 3, height: 224, width: 224), classCount: 2, capacity: 1,
      pool: ComputePool(threads: 1), isTrained: false)
    network.initialize(seed: 1)
    return network
  }

  private static var layers: [LayerSpecification] {
    var channels = 32
    var layers = normalized(filters: 32, kernel: 3, stride: 2)
    for stage in stages {
      for index in 0..<stage.count {
        let stride = index == 0 ? stage.stride : 1
        let body = block(stage, channels: channels, stride: stride)
        let isResidual = stride == 1 && channels == stage.filters
        layers += isResidual ? [LayerSpecification(ResidualKind(body: body))] : body
        channels = stage.filters
      }
    }
    return layers + normalized(filters: 1280, kernel: 1)
  }

  private static func block(_ stage: Stage, channels: Int, stride: Int) -> [LayerSpecification] {
    let width = channels * stage.expansion
    return (stage.expansion > 1 ? normalized(filters: width, kernel: 1) : [])
      + normalized(filters: width, kernel: stage.kernel, stride: stride, groups: width)
      + normalized(filters: stage.filters, kernel: 1, isActivated: false)
  }

  private static func normalized(
    filters: Int, kernel: Int, stride: Int = 1, groups: Int = 1, isActivated: Bool = true
  ) -> [LayerSpecification] {
    var convolution = ConvolutionKind(filters: filters, kernel: kernel)
    (convolution.stride, convolution.groups, convolution.padding) = (stride, groups, .same)
    convolution.hasBias = false
    var norm = BatchNormKind()
    norm.epsilon = 1e-3
    return [LayerSpecification(convolution), LayerSpecification(norm)]
      + (isActivated ? [LayerSpecification(ActivationKind.ReLU6())] : [])
  }
}
