import Foundation
import TestSupport
import WhiskerData
import WhiskerNN
import WhiskerCore
import WhiskerTraining

/// A model with weights that nobody trained, in a file, with what it says of a few pictures.
struct SmallModel {
  let model: Model
  let folder: TemporaryFolder
  /// `[count, height, width, channels]`
  let images: [UInt8]
  /// `[count, classes]`
  let probabilities: [[Double]]

  static let count = 3
  static let classNames = ["cat, small", "dog \"big\"", "ünter"]

  var path: String { model.path }

  /// Sides that differ and are not powers of two, so that what is mixed up or left over at an edge shows.
  init(
    _ network: NetworkSpecification, _ colorMode: Preprocessing.ColorMode, height: Int = 15, width: Int = 12,
    seed: UInt64 = 7
  ) throws {
    folder = try TemporaryFolder()
    let preprocessing = Preprocessing(height: height, width: width, colorMode: colorMode)
    let trained = try Network(
      network, input: preprocessing.inputShape, classCount: Self.classNames.count, capacity: Self.count,
      pool: ComputePool(threads: 1))
    trained.initialize(seed: seed)
    for parameter in trained.parameters where parameter.name.hasSuffix("bias") {
      for index in 0..<parameter.value.count { parameter.value[index] = Float(0.3 * sin(Double(index) + 1)) }
    }
    // Values that no initialisation gives.
    for values in trained.buffers.map(\.values) + trained.normFactors {
      for index in 0..<values.count { values[index] += Float(0.4 * sin(Double(index) * 1.7)) }
    }
    let path = folder.path("model.safetensors")
    try Model.write(
      trained, classNames: Self.classNames, preprocessing: preprocessing,
      summary: .init(seed: 7, steps: 3, report: nil), to: path)
    model = try Model(path)
    images = (0..<Self.count * preprocessing.sampleSize).map { (place: Int) -> UInt8 in
      UInt8(truncatingIfNeeded: place * 37 + place * place / 11)
    }
    let logits = trained.forward(images, count: Self.count, pass: .inference)
    probabilities = (0..<Self.count).map {
      SoftmaxCrossEntropy.probabilities(logits, row: $0, classCount: Self.classNames.count)
    }
  }

  /// The model with averages over each picture and its mirror image, and its probabilities.
  func averagingMirrorImages() throws -> (model: Model, probabilities: [[Double]]) {
    var model = model
    model.testTimeAugmentation = .flip
    let classifier = try model.classifier(capacity: Self.count, pool: ComputePool(threads: 1))
    let logits = classifier.forward(images, count: Self.count, pass: .inference)
    return (
      model,
      (0..<Self.count).map {
        SoftmaxCrossEntropy.probabilities(logits, row: $0, classCount: Self.classNames.count)
      }
    )
  }

  /// The values of a picture as exported models take them, `[channels, height, width]` from 0 to 255.
  func planes(_ index: Int) -> Values {
    let (channels, area) = (
      model.preprocessing.channels, model.preprocessing.height * model.preprocessing.width
    )
    let image = images[index * channels * area..<(index + 1) * channels * area]
    let values = (0..<channels).flatMap { channel in
      (0..<area).map { Double(image[image.startIndex + $0 * channels + channel]) }
    }
    return Values(shape: model.inputShape.extents, values)
  }

  /// A tensor of the model file.
  func tensor(_ name: String) throws -> Tensor {
    let file = try SafetensorsReader(path)
    let tensor = Tensor(shape: file.shape(of: name) ?? [])
    try file.copy(name, into: tensor)
    return tensor
  }
}

extension Network {
  /// The factors of batch norms.
  fileprivate var normFactors: [ParameterValues] {
    let norms = Set(buffers.map { $0.name.replacing("running_mean", with: "weight") })
    return parameters.filter { norms.contains($0.name) }.map(\.value)
  }
}

/// The networks that exporters and importers are tried with.
enum Networks {
  /// Every kind of layer, in places where no preset has them.
  static let unusual = NetworkSpecification(layers: [
    .dropout(rate: 0.1), .maxPool(size: 1), .convolution(filters: 3, kernel: 2), .maxPool(size: 3), .relu,
    .convolution(filters: 4, kernel: 1), .spatialDropout(rate: 0.4), .flatten, .flatten, .relu,
    .dropout(rate: 0.2), .dropConnect(units: 4, rate: 0.5), .gaussianDropout(rate: 0.3), .dense(units: 5),
    .dropout(rate: 0.3), .dropConnect(units: nil, rate: 0.2),
  ])
  static let linear = NetworkSpecification(layers: [.flatten, .dense(units: nil)])

  /// Blocks with and without a shortcut, with every kind of padding.
  static let residual = network(
    """
    {"layers": [
      {"type": "convolution", "filters": 6, "kernel": 3, "padding": 1, "bias": false},
      {"type": "batch_norm"}, {"type": "relu6"}, {"type": "max_pool", "size": 3, "stride": 2, "padding": 1},
      {"type": "residual", "drop_rate": 0.1, "body": [
        {"type": "convolution", "filters": 6, "kernel": 3, "padding": "same", "bias": false},
        {"type": "batch_norm", "epsilon": 0.001}, {"type": "silu"},
        {"type": "convolution", "filters": 6, "kernel": 3, "padding": 1, "bias": false}, {"type": "batch_norm"}]},
      {"type": "leaky_relu", "slope": 0.1},
      {"type": "residual", "body": [
        {"type": "convolution", "filters": 8, "kernel": 3, "stride": 2, "padding": "same", "bias": false},
        {"type": "batch_norm"}, {"type": "relu"},
        {"type": "residual", "body": [{"type": "convolution", "filters": 8, "kernel": 1}]}],
       "shortcut": [
        {"type": "convolution", "filters": 8, "kernel": 1, "stride": 2, "bias": false}, {"type": "batch_norm"}]},
      {"type": "global_average_pool"}, {"type": "dense", "bias": false}]}
    """)
  /// Depthwise and grouped convolutions, oblong kernels, and a batch norm of a vector.
  static let depthwise = network(
    """
    {"layers": [
      {"type": "convolution", "filters": 8, "kernel": [3, 2], "stride": 2, "padding": "same"},
      {"type": "hard_swish"},
      {"type": "convolution", "filters": 16, "kernel": 3, "padding": "same", "groups": 8, "bias": false},
      {"type": "batch_norm"}, {"type": "max_pool", "size": 3, "stride": 2, "padding": "same"},
      {"type": "convolution", "filters": 4, "kernel": 1, "groups": 2}, {"type": "silu"},
      {"type": "average_pool", "size": [2, 3], "stride": 2, "padding": "same"},
      {"type": "flatten"}, {"type": "batch_norm"}, {"type": "dense", "units": 5, "bias": false},
      {"type": "batch_norm"}, {"type": "relu"}, {"type": "dense"}]}
    """)
  static let maximum = network(
    """
    {"layers": [
      {"type": "convolution", "filters": 4, "kernel": 3}, {"type": "batch_norm"}, {"type": "average_pool", "size": 3, "stride": 2},
      {"type": "global_max_pool"}, {"type": "dense"}]}
    """)

  static let norm = network(
    #"{"layers": [{"type": "max_pool", "size": 2}, {"type": "batch_norm"}, {"type": "flatten"}, {"type": "dense"}]}"#
  )
  static let biasless = network(#"{"layers": [{"type": "flatten"}, {"type": "dense", "bias": false}]}"#)
  /// The input goes to two layers.
  static let split = network(
    """
    {"layers": [{"type": "residual", "body": [{"type": "batch_norm"}]}, {"type": "flatten"}, {"type": "dense"}]}
    """)

  static let rescaled = network(
    """
    {"layers": [
      {"type": "rescale", "scale": 1.5, "offset": -0.25}, {"type": "convolution", "filters": 3, "kernel": 3},
      {"type": "rescale", "scale": [2, -1, 0.5], "offset": [0, 0.25, -1]}, {"type": "relu"}, {"type": "flatten"},
      {"type": "rescale", "offset": 0.5}, {"type": "dense"}]}
    """)

  private static func network(_ json: String) -> NetworkSpecification {
    do { return try NetworkSpecification(json: Array(json.utf8)) } catch { preconditionFailure("\(error)") }
  }

  static let all =
    [NetworkPreset.dropoutCNN, .deepDropoutCNN, .mnistConvnet, .digits].map(\.specification)
    + [unusual, linear, residual, depthwise, maximum, rescaled]
}
