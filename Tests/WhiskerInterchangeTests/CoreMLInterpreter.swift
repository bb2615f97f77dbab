import Foundation
import Testing
import WhiskerInterchange

/// Runs the layers of a classifier as https://apple.github.io/coremltools/mlmodel/Format/NeuralNetwork.html defines them.
struct CoreMLInterpreter {
  private struct Unsupported: Error {
    let layer: String
  }

  private let classifier: CoreMLNeuralNetworkClassifier

  init(_ classifier: CoreMLNeuralNetworkClassifier) { self.classifier = classifier }

  /// The probabilities of an image `[channels, height, width]`.
  func run(_ image: Values) throws -> Values {
    let scaler = classifier.preprocessing[0].scaler
    let channels = image.shape[0], area = image.values.count / channels
    let biases = channels == 1 ? [scaler.grayBias] : [scaler.redBias, scaler.greenBias, scaler.blueBias]
    let pixels = image.values.enumerated().map { index, value in
      Double(scaler.channelScale) * value + Double(biases[index / area])
    }
    var known = [classifier.preprocessing[0].featureName: Values(shape: image.shape, pixels)]
    for layer in classifier.layers {
      let inputs = try layer.input.map { try #require(known[$0]) }
      known[layer.output[0]] = try inputs.count > 1 ? combine(layer, inputs) : apply(layer, to: inputs[0])
    }
    return try #require(known[classifier.labelProbabilityLayerName])
  }

  private func combine(_ layer: CoreMLLayer, _ inputs: [Values]) throws -> Values {
    switch layer.kind {
    case .average:
      let sum = inputs.dropFirst().reduce(inputs[0]) { $0.combined($1, +) }
      return sum.map { $0 / Double(inputs.count) }
    case .add where inputs.count == 2: return inputs[0].combined(inputs[1], +)
    case .multiply where inputs.count == 2: return inputs[0].combined(inputs[1], *)
    default: throw Unsupported(layer: layer.name)
    }
  }

  private func apply(_ layer: CoreMLLayer, to x: Values) throws -> Values {
    switch layer.kind {
    case .convolution(let it):
      let shape = [Int(it.outputChannels), Int(it.kernelChannels)] + it.kernelSize.map(Int.init)
      return x.convolved(
        it.weights.floatValue, shape, it.hasBias_p ? it.bias.floatValue : nil,
        windows(it.kernelSize, it.stride, it.valid), groups: Int(it.nGroups))
    case .pooling(let it): return try pool(it, x, layer)
    case .padding(let it):
      return x.padded(padding(it.paddingAmounts), with: Double(it.constant.value))
    case .activation(let it): return x.map(try function(it, layer))
    case .clip(let it): return x.map { min(max($0, Double(it.minimum)), Double(it.maximum)) }
    case .batchNorm(let it):
      #expect(Int(it.channels) == x.shape[0])
      let tensors = [it.gamma, it.beta, it.mean, it.variance].map(\.floatValue)
      return x.normalized(tensors, epsilon: Double(it.epsilon))
    case .flatten(let it) where it.mode == .channelFirst: return x.flattened()
    case .innerProduct(let it):
      #expect(it.inputChannels == UInt64(x.values.count))
      return x.multiplied(
        it.weights.floatValue, units: Int(it.outputChannels), it.hasBias_p ? it.bias.floatValue : nil)
    case .softmax: return x.softmax()
    case .multiply(let it): return x.map { $0 * Double(it.alpha) }
    case .unary(let it) where it.type == .log: return x.map { log(Double(it.shift) + Double(it.scale) * $0) }
    // The axes of an image are sequence, batch, channel, row and column.
    case .reverse(let it) where it.reverseDim == [false, false, false, false, true]: return x.mirrored()
    default: throw Unsupported(layer: layer.name)
    }
  }

  private func pool(_ it: CoreMLPooling, _ x: Values, _ layer: CoreMLLayer) throws -> Values {
    let function: ([Double]) -> Double
    switch it.type {
    case .max: function = { $0.max() ?? .nan }
    case .average: function = { $0.reduce(0, +) / Double($0.count) }
    default: throw Unsupported(layer: layer.name)
    }
    guard !it.isGlobal else { return x.pooledGlobally(function) }
    let windows = windows(it.kernelSize, it.stride, it.valid)
    // What a pool's padding is the maximum with is not defined.
    guard windows.padding == [0, 0, 0, 0] || it.type == .average && it.excludesPadding else {
      throw Unsupported(layer: layer.name)
    }
    return x.pooled(windows, function)
  }

  private func function(_ it: CoreMLActivation, _ layer: CoreMLLayer) throws -> (Double) -> Double {
    switch it.kind {
    case .relu: return { max($0, 0) }
    case .leakyRelu(let it): return { $0 < 0 ? Double(it.alpha) * $0 : $0 }
    case .sigmoid: return { 1 / (1 + exp(-$0)) }
    case .hardSigmoid(let it): return { min(max(Double(it.alpha) * $0 + Double(it.beta), 0), 1) }
    default: throw Unsupported(layer: layer.name)
    }
  }

  private func windows(_ size: [UInt64], _ stride: [UInt64], _ valid: CoreMLValidPadding) -> Values.Windows {
    #expect(Set(stride).count == 1)
    return Values.Windows(
      size: size.map(Int.init), stride: Int(stride[0]), padding: padding(valid.paddingAmounts))
  }

  /// At the top, left, bottom and right.
  private func padding(_ amounts: CoreMLBorderAmounts) -> [Int] {
    amounts.borderAmounts.map { Int($0.startEdgeSize) } + amounts.borderAmounts.map { Int($0.endEdgeSize) }
  }
}
