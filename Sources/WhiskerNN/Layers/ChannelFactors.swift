import WhiskerCore

/// A factor and an offset of each channel: y = scale * x + offset. They are computed in double precision.
package struct ChannelFactors {
  package var scale: [Double]
  package var offset: [Double]

  package init(scale: [Double], offset: [Double]) { (self.scale, self.offset) = (scale, offset) }

  /// Batch norm with running statistics.
  package init(
    batchNorm weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, epsilon: Double
  ) {
    let scale = (0..<weight.count).map {
      Double(weight[$0]) / (Double(variance[$0]) + epsilon).squareRoot()
    }
    self.init(scale: scale, offset: scale.indices.map { Double(bias[$0]) - Double(mean[$0]) * scale[$0] })
  }

  static func identity(_ channels: Int) -> ChannelFactors {
    ChannelFactors(
      scale: Array(repeating: 1, count: channels), offset: Array(repeating: 0, count: channels))
  }

  /// This one, and then another.
  func then(_ next: ChannelFactors) -> ChannelFactors {
    ChannelFactors(
      scale: zip(scale, next.scale).map(*),
      offset: offset.indices.map { offset[$0] * next.scale[$0] + next.offset[$0] })
  }

  /// The weights `[outputs, ...]` and biases `[outputs]`, if any, of a layer whose outputs are multiplied by the factors.
  func applied(to weight: Tensor, bias: Tensor?) -> (weight: Tensor, bias: Tensor) {
    let outputs = scale.count
    let (scaled, taps) = (Tensor(shape: weight.shape), weight.count / max(1, outputs))
    for index in 0..<weight.count { scaled[index] = Float(Double(weight[index]) * scale[index / taps]) }
    let biases = (0..<outputs).map { output in
      Float((bias.map { Double($0[output]) } ?? 0) * scale[output] + offset[output])
    }
    return (scaled, Tensor(shape: [outputs], values: biases))
  }
}

/// A layer of weights `[outputs, ...]`, and biases if it has them.
package protocol WeightedKind: LayerKind {
  var hasBias: Bool { get set }
}

extension WeightedKind {
  package func scaled(by factors: ChannelFactors, _ tensors: [String: Tensor]) -> (
    kind: any LayerKind, tensors: [String: Tensor]
  )? {
    guard let weight = tensors["weight"] else { return nil }
    let scaled = factors.applied(to: weight, bias: tensors["bias"])
    var kind = self
    kind.hasBias = true
    return (kind, ["weight": scaled.weight, "bias": scaled.bias])
  }
}
