import CKernels
import WhiskerCore

/// y = `scale` * x + `offset`, with fixed numbers for each channel of a map, or each feature of a vector. Networks that were
/// trained on another normalisation of pixels than Whisker's begin with it.
package struct RescaleKind: LayerKind {
  package static let type = "rescale"

  /// One number for all channels, or one for each.
  package enum Factors: Sendable, Equatable {
    case all(Double)
    case each([Double])

    /// The number of a channel.
    fileprivate subscript(channel: Int) -> Double {
      switch self {
      case .all(let value): value
      case .each(let values): values[channel]
      }
    }

    fileprivate var values: [Double] {
      switch self {
      case .all(let value): [value]
      case .each(let values): values
      }
    }
  }

  package var scale: Factors
  package var offset: Factors

  package init(scale: Factors, offset: Factors) { (self.scale, self.offset) = (scale, offset) }

  package init(from options: LayerOptions) throws {
    scale = try options.value("scale", default: .all(1))
    offset = try options.value("offset", default: .all(0))
  }

  package func write(to options: inout LayerOptionsWriter) throws {
    try options.set("scale", scale, unless: .all(1))
    try options.set("offset", offset, unless: .all(0))
  }

  package func output(of input: FeatureShape, classCount: Int) throws(NetworkError) -> FeatureShape {
    let channels = input.extents[0]
    for (name, factors) in [("a scale", scale), ("an offset", offset)] {
      if case .each(let values) = factors, values.count != channels {
        throw NetworkError(
          "has \(name) of \(values.count) numbers, but its input has \(counted(channels, "channel"))"
            + (channels == 1 ? ": choose pictures in colour" : ""))
      }
      guard factors.values.allSatisfy({ abs($0) <= Self.limit }) else {
        throw NetworkError("has \(name) that is not between -\(Self.limit) and \(Self.limit)")
      }
    }
    return input
  }

  private static let limit = 1e6

  /// Whether all channels have the same numbers.
  fileprivate var isUniform: Bool {
    if case (.all, .all) = (scale, offset) { true } else { false }
  }

  package func describe(
    _ place: InferenceGraph.Place, _ input: InferenceGraph.Value, in graph: inout InferenceGraph
  ) -> InferenceGraph.Value {
    let channels = place.input.extents[0]
    func tensor(_ value: (Int) -> Double) -> Tensor {
      Tensor(shape: [channels], values: (0..<channels).map { Float(value($0)) })
    }
    return graph.append(
      Self.type,
      .batchNorm(
        weight: tensor { scale[$0] }, bias: tensor { offset[$0] }, mean: tensor { _ in 0 },
        variance: tensor { _ in 1 }, epsilon: 0),
      [input], place)
  }

  package var description: String { "rescale" }
  package func build(_ place: LayerPlace) -> (any Layer)? { Rescale(self, place) }
}

extension RescaleKind.Factors: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Double.self) {
      self = .all(value)
    } else {
      self = .each(try container.decode([Double].self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .all(let value): try container.encode(value)
    case .each(let values): try container.encode(values)
    }
  }
}

/// Multiplies every channel by a number and adds another.
final class Rescale: Layer {
  private let shape: whisker_norm
  private let scale, offset, zeros: [Float]
  private let pool: ComputePool
  private let output: Activations
  private let inputGradient: Activations

  init(_ kind: RescaleKind, _ place: LayerPlace) {
    pool = place.pool
    // With the same numbers for all of them, the channels are as one.
    let channels = kind.isUniform ? 1 : place.input.extents[0]
    shape = whisker_norm(
      channels: Int64(channels), area: Int64(place.input.count / channels), slope: 1, limit: .infinity)
    scale = (0..<channels).map { Float(kind.scale[$0]) }
    offset = (0..<channels).map { Float(kind.offset[$0]) }
    zeros = Array(repeating: 0, count: channels)
    output = Activations(features: place.input.count, capacity: place.capacity)
    inputGradient = Activations(features: place.input.count, capacity: place.capacity)
  }

  func forward(_ input: Activations, count: Int, pass: Pass) -> Activations {
    multiply(input, count: count, adding: offset, into: output)
    return output
  }

  func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, step: FusedStep?
  ) -> Activations? {
    guard needsInputGradient else { return nil }
    multiply(gradient, count: count, adding: zeros, into: inputGradient)
    return inputGradient
  }

  private func multiply(_ input: Activations, count: Int, adding shift: [Float], into result: Activations) {
    pool.run(blockCount(count)) { block, _ in
      withUnsafePointer(to: shape) { shape in
        scale.withUnsafeBufferPointer { scale in
          shift.withUnsafeBufferPointer { shift in
            var factors = whisker_norm_factors()
            (factors.scale, factors.shift) = (scale.baseAddress, shift.baseAddress)
            var task = whisker_norm_task(first: 0, end: shape.pointee.channels, count: Int64(blockSize))
            whisker_norm_forward(shape, &task, &factors, input.block(block), nil, result.block(block))
          }
        }
      }
    }
  }
}
