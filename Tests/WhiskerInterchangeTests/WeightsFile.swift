import WhiskerData
import WhiskerNN
import WhiskerCore

/// A model's weights as other frameworks keep them.
struct WeightsFile {
  private let small: SmallModel
  private let learning: [Int]

  init(_ small: SmallModel) throws {
    self.small = small
    learning = small.model.specification.layers.indices.filter { index in
      switch small.model.specification.layers[index] {
      case .convolution, .dense, .dropConnect: true
      default: false
      }
    }
  }

  /// Writes the tensors under other names; PyTorch's shapes are the model's own.
  func writePyTorch(_ names: [String] = [], to path: String) throws {
    var writer = SafetensorsWriter(metadata: [:])
    for (position, index) in learning.enumerated() {
      let name = names.isEmpty ? "\(index)" : names[position]
      writer.add("\(name).weight", try small.tensor("\(index).weight"))
      writer.add("\(name).bias", try small.tensor("\(index).bias"))
    }
    try writer.write(to: path)
  }

  /// Writes the tensors as Keras has them: kernels `[height, width, in, out]` and `[in, out]`, where a dense layer behind
  /// a map takes its values in the order height, width, channels.
  func writeKeras(_ names: [String], ending: String = "", to path: String) throws {
    var writer = SafetensorsWriter(metadata: [:])
    let shapes = try small.model.specification.shapes(
      input: small.model.inputShape, classCount: small.model.classNames.count)
    for (position, index) in learning.enumerated() {
      let weights = try small.tensor("\(index).weight")
      let map = flattened(before: index, shapes)
      writer.add("\(names[position])/kernel\(ending)", turned(weights, map))
      writer.add("\(names[position])/bias\(ending)", try small.tensor("\(index).bias"))
    }
    try writer.write(to: path)
  }

  /// The map that a flatten layer lays out for the dense layer at `index`; nil where there is none.
  private func flattened(before index: Int, _ shapes: [FeatureShape]) -> FeatureShape? {
    for place in (0..<index).reversed() {
      let input = place == 0 ? small.model.inputShape : shapes[place - 1]
      switch (small.model.specification.layers[place], input) {
      case (.dense, _), (.dropConnect, _): return nil
      case (.flatten, .map): return input
      default: continue
      }
    }
    return nil
  }

  private func turned(_ weights: Tensor, _ map: FeatureShape?) -> Tensor {
    let shape = weights.shape
    if shape.count == 4 {
      let (outputs, inputs, height, width) = (shape[0], shape[1], shape[2], shape[3])
      var values: [Float] = []
      for y in 0..<height {
        for x in 0..<width {
          for input in 0..<inputs {
            for output in 0..<outputs {
              values.append(weights[((output * inputs + input) * height + y) * width + x])
            }
          }
        }
      }
      return Tensor(shape: [height, width, inputs, outputs], values: values)
    }
    let (units, features) = (shape[0], shape[1])
    var rows: [[Float]] = (0..<features).map { feature in (0..<units).map { weights[$0 * features + feature] }
    }
    if case .map(let channels, let height, let width) = map {
      let plain = rows
      rows = []
      for y in 0..<height {
        for x in 0..<width {
          for channel in 0..<channels { rows.append(plain[(channel * height + y) * width + x]) }
        }
      }
    }
    return Tensor(shape: [features, units], values: rows.flatMap(\.self))
  }
}
