import WhiskerData
import WhiskerNN
import WhiskerCore

/// The range of pixel values that weights were trained with: black is `low`, white is `high`.
public struct InputRange: Sendable, Equatable {
  /// The value of black.
  public let low: Double
  /// The value of white.
  public let high: Double

  /// The range of Whisker's networks.
  public static let own = InputRange(
    low: Preprocessing.Normalization.standard.shift, high: Preprocessing.Normalization.standard.shift + 1)

  static let isFixed: ErrorText = "the network begins with a rescale layer, which sets the range of its input"

  /// The range of pixels as they are stored.
  static let bytes = InputRange(low: 0, high: 255)

  /// A layer that turns Whisker's input into this range.
  var rescale: RescaleKind {
    RescaleKind(scale: .all(high - low), offset: .all((high + low) / 2))
  }

  private init(low: Double, high: Double) { (self.low, self.high) = (low, high) }

  /// A range; nil unless `low` is below `high` and both are finite.
  public init?(_ low: Double, _ high: Double) {
    guard low.isFinite, high.isFinite, low < high, (high - low).isFinite else { return nil }
    self.init(low: low, high: high)
  }

  /// Why a range cannot be folded into a network, as the end of a sentence.
  struct Failure: Error {
    let problem: ErrorText
  }

  /// Adjusts the first layer with weights to Whisker's input x instead of the input y = s x + t that it was trained with, where
  /// s = high - low and t = (high + low) / 2.
  ///
  /// W y + b = (s W) x + (b + t ΣW), which is exact unless the layer pads with zeros: they are zeros of y, not of x.
  /// - Throws: `Failure` where that is not exact.
  func fold(into network: Network) throws(Failure) {
    let (scale, shift) = (high - low, (high + low) / 2)
    let first = try Self.first(of: InferenceGraph(network))
    switch first.operation {
    case .convolution(let weight, let bias, let window, _):
      guard shift == 0 || window.padding.allSatisfy({ $0 == 0 }) else {
        throw Failure(
          problem:
            "the convolution pads with zeros, which are no longer black or white in another range. Only a range "
            + "around 0, such as -1 to 1, can be folded into it")
      }
      try Self.fold(scale, shift, weight, bias)
      network.assign(weight, bias, path: first.path)
    case .dense(let weight, let bias):
      try Self.fold(scale, shift, weight, bias)
      network.assign(weight, bias, path: first.path)
    case .batchNorm where !network.values.contains { $0.name == "\(first.path).weight" }:
      throw Failure(problem: Self.isFixed)
    case .batchNorm(let weight, _, let mean, _, _):
      for channel in 0..<weight.count {
        weight[channel] = Float(scale * Double(weight[channel]))
        mean[channel] = Float((Double(mean[channel]) - shift) / scale)
      }
      network.assign(["weight": weight, "running_mean": mean], path: first.path)
    default: throw Failure(problem: "\(first.name) precedes the first layer with weights")
    }
  }

  /// The first operation that is not the same for scaled and shifted values.
  private static func first(of graph: InferenceGraph) throws(Failure) -> InferenceGraph.Node {
    var value = 0
    while true {
      let readers = graph.nodes.filter { $0.inputs.contains(value) }
      guard readers.count == 1 else { throw Failure(problem: "more than one layer reads the input") }
      switch readers[0].operation {
      case .maximumPool, .averagePool, .globalAveragePool, .globalMaximumPool, .flatten:
        value = readers[0].output
      default: return readers[0]
      }
    }
  }

  /// - Parameter weights: In PyTorch's layout, in which the weights of an output are contiguous.
  private static func fold(
    _ scale: Double, _ shift: Double, _ weights: Tensor, _ biases: Tensor?
  ) throws(Failure) {
    guard shift == 0 || biases != nil else {
      throw Failure(
        problem: "the first layer with weights has no biases, which a range that is not around 0 needs")
    }
    let outputs = weights.shape[0], size = weights.count / outputs
    for output in 0..<outputs {
      var sum = 0.0
      for place in output * size..<(output + 1) * size {
        sum += Double(weights[place])
        weights[place] = Float(scale * Double(weights[place]))
      }
      if let biases { biases[output] = Float(Double(biases[output]) + shift * sum) }
    }
  }
}

extension Network {
  fileprivate func assign(_ weight: Tensor, _ bias: Tensor?, path: String) {
    assign(["weight": weight].merging(bias.map { ["bias": $0] } ?? [:]) { $1 }, path: path)
  }

  /// Sets tensors of a layer, by their names without the path.
  func assign(_ tensors: [String: Tensor], path: String) {
    for (name, values) in values {
      for (tensor, new) in tensors where name == "\(path).\(tensor)" { values.assign(new) }
    }
  }
}
