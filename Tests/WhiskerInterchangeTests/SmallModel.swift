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

  static let all = NetworkPreset.allCases.map(\.specification) + [unusual, linear]
}
