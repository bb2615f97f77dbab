import CKernels
import WhiskerCore

/// Batch normalisation (Ioffe & Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
/// Shift", ICML 2015). Options and defaults are PyTorch's: running = (1 - momentum) * running + momentum * batch.
package struct BatchNormKind: LayerKind {
  package static let type = "batch_norm"

  package var momentum = 0.1
  package var epsilon = 1e-5

  package init() {}

  package init(from options: LayerOptions) throws {
    momentum = try options.value("momentum", default: 0.1)
    epsilon = try options.value("epsilon", default: 1e-5)
  }

  package func write(to options: inout LayerOptionsWriter) throws {
    try options.set("momentum", momentum, unless: 0.1)
    try options.set("epsilon", epsilon, unless: 1e-5)
  }

  package func output(of input: FeatureShape, classCount: Int) throws(NetworkError) -> FeatureShape {
    guard momentum > 0, momentum <= 1 else {
      throw NetworkError("has a momentum that is not above 0 and at most 1")
    }
    guard epsilon >= 1e-12, epsilon < 1 else {
      throw NetworkError("has an epsilon that is not from 1e-12 to below 1")
    }
    return input
  }

  package func tensors(input: FeatureShape, output: FeatureShape) -> [LayerTensor] {
    ["weight", "bias", "running_mean", "running_var"].map {
      LayerTensor(
        name: $0, role: .vector, shape: [input.extents[0]], isBuffer: $0.hasPrefix("running"),
        minimum: $0 == "running_var" ? 0 : -.infinity)
    }
  }
  package func describe(
    _ place: InferenceGraph.Place, _ input: InferenceGraph.Value, in graph: inout InferenceGraph
  ) -> InferenceGraph.Value {
    graph.append(
      "batch_norm",
      .batchNorm(
        weight: place.tensor("weight"), bias: place.tensor("bias"), mean: place.tensor("running_mean"),
        variance: place.tensor("running_var"), epsilon: epsilon),
      [input], place)
  }
  package func channelFactors(_ tensors: [String: Tensor]) -> ChannelFactors? {
    guard let weight = tensors["weight"], let bias = tensors["bias"], let mean = tensors["running_mean"],
      let variance = tensors["running_var"]
    else { return nil }
    return ChannelFactors(batchNorm: weight, bias: bias, mean: mean, variance: variance, epsilon: epsilon)
  }
  package var description: String { "batch norm" }
  package func build(_ place: LayerPlace) -> (any Layer)? { BatchNorm(self, place) }

  /// Batch norm and an activation.
  package func fused(
    with following: ArraySlice<LayerSpecification>, _ places: ArraySlice<LayerPlace>
  ) -> (any Layer, Int)? {
    guard let place = places.first, let bounds = following.first?.kind.bounds else { return nil }
    return (BatchNorm(self, place, activation: bounds), 2)
  }
}

/// Normalises every channel of a map, or every feature of a vector, over the samples of a batch and the positions. A simple
/// activation after it, and the addition of a residual block after that, are computed with it: maps are read and written once.
final class BatchNorm: Layer {
  /// `[channels]`, the factor after normalisation.
  let weight: Parameter
  /// `[channels]`, what is added after that.
  let bias: Parameter
  /// `[channels]`, the mean and the unbiased variance that inference uses.
  let runningMean: NetworkBuffer
  let runningVariance: NetworkBuffer
  var parameters: [Parameter] { [weight, bias] }
  var buffers: [NetworkBuffer] { [runningMean, runningVariance] }
  private var communicator: any Communicator = SingleProcess()
  /// Added to the output of the next forward pass.
  var addend: Activations?

  private let kind: BatchNormKind
  private let shape: whisker_norm
  private let pool: ComputePool
  private let output: Activations
  private let inputGradient: Activations
  private var input: Activations?
  /// Whether the last forward pass used the statistics of its batch.
  private var usesBatch = false
  /// Of the last passes: what the kernels need of each channel, and the number of values over all processes.
  private let mean, scale, shift, inputFactor, offset: Buffer<Float>
  private var inverseDeviation: [Double]
  private var valueCount = 0.0

  private var channels: Int { Int(shape.channels) }
  /// The number of channels of a task is a multiple of it.
  private static let step = 4

  init(_ kind: BatchNormKind, _ place: LayerPlace, activation: ActivationBounds = .none) {
    (self.kind, pool) = (kind, place.pool)
    let channels = place.input.extents[0]
    shape = whisker_norm(
      channels: Int64(channels), area: Int64(place.input.count / channels), slope: activation.slope,
      limit: activation.limit)
    (weight, bias) = (
      place.parameter("weight", shape: [channels]), place.parameter("bias", shape: [channels])
    )
    runningMean = place.buffer("running_mean", shape: [channels])
    runningVariance = place.buffer("running_var", shape: [channels], minimum: 0)
    output = Activations(features: place.input.count, capacity: place.capacity)
    inputGradient = Activations(features: place.input.count, capacity: place.capacity)
    (mean, scale, shift) = (Buffer(count: channels), Buffer(count: channels), Buffer(count: channels))
    (inputFactor, offset) = (Buffer(count: channels), Buffer(count: channels))
    inverseDeviation = Array(repeating: 1, count: channels)
  }

  func initialize(seed: UInt64) {
    for channel in 0..<channels {
      (weight.value[channel], bias.value[channel]) = (1, 0)
      (runningMean[channel], runningVariance[channel]) = (0, 1)
    }
  }

  func synchronize(over communicator: any Communicator) { self.communicator = communicator }

  func forward(_ input: Activations, count: Int, pass: Pass) -> Activations {
    self.input = input
    defer { addend = nil }
    if !pass.isRepeated { prepareFactors(input, count: count, pass: pass) }
    forEachGroup(count) { shape, task, factors in
      whisker_norm_forward(shape, task, factors, input.elements, addend?.elements, output.elements)
    }
    return output
  }

  private func prepareFactors(_ input: Activations, count: Int, pass: Pass) {
    usesBatch = pass.usesBatchStatistics && weight.isTrainable
    if usesBatch { measure(input, count: count) } else { useRunning() }
    for channel in 0..<channels {
      let factor = Double(weight.value[channel]) * inverseDeviation[channel]
      scale.elements[channel] = Float(factor)
      shift.elements[channel] = Float(Double(bias.value[channel]) - Double(mean.elements[channel]) * factor)
    }
  }

  private func useRunning() {
    for channel in 0..<channels {
      mean.elements[channel] = runningMean[channel]
      inverseDeviation[channel] = 1 / (Double(runningVariance[channel]) + kind.epsilon).squareRoot()
    }
  }

  /// Measures the batch, over all processes, and updates the running statistics.
  private func measure(_ input: Activations, count: Int) {
    let (sums, squares) = (Buffer<Double>(count: channels), Buffer<Double>(count: channels))
    if count > 0 {
      forEachGroup(count) { shape, task, _ in
        whisker_norm_moments(shape, task, input.elements, sums.elements, squares.elements)
      }
    }
    let own = Double(count) * Double(shape.area)
    let all = communicator.sum((0..<channels).map { sums.elements[$0] } + [own])
    valueCount = all[channels]
    // One value has no variance.
    guard valueCount > 1 else {
      usesBatch = false
      return useRunning()
    }
    // The squares of this process are around its own mean, and are moved to that of all.
    let deviations = communicator.sum(
      (0..<channels).map { channel in
        let distance = own > 0 ? sums.elements[channel] / own - all[channel] / valueCount : 0
        return squares.elements[channel] + own * distance * distance
      })
    for channel in 0..<channels {
      mean.elements[channel] = Float(all[channel] / valueCount)
      let variance = deviations[channel] / valueCount
      inverseDeviation[channel] = 1 / (variance + kind.epsilon).squareRoot()
      let unbiased = deviations[channel] / (valueCount - 1)
      runningMean.update(channel, by: Double(mean.elements[channel]), weight: kind.momentum)
      runningVariance.update(channel, by: unbiased, weight: kind.momentum)
    }
  }

  /// Runs a kernel on groups of channels, with all threads. Every kernel divides the channels in the same way, so that a map
  /// stays in the cache of one core.
  private func forEachGroup(
    _ count: Int,
    _ kernel: (
      UnsafePointer<whisker_norm>, UnsafePointer<whisker_norm_task>, UnsafePointer<whisker_norm_factors>
    ) -> Void
  ) {
    var factors = whisker_norm_factors(
      mean: mean.elements, scale: scale.elements, shift: shift.elements, input_factor: inputFactor.elements,
      offset: offset.elements)
    let groups = Chunks(of: channels, parts: 4 * pool.threads, step: Self.step)
    withUnsafePointer(to: shape) { shape in
      withUnsafePointer(to: &factors) { factors in
        pool.run(groups.number) { task, _ in
          let group = groups[task]
          var range = whisker_norm_task(
            first: Int64(group.lowerBound), end: Int64(group.upperBound), count: Int64(count))
          kernel(shape, &range, factors)
        }
      }
    }
  }

  func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, step: FusedStep?
  ) -> Activations? {
    guard let input else { preconditionFailure("backward follows forward") }
    let (sums, products) = (Buffer<Double>(count: channels), Buffer<Double>(count: channels))
    forEachGroup(count) { shape, task, factors in
      var of = whisker_norm_sums(sums: sums.elements, products: products.elements)
      whisker_norm_gradient_sums(shape, task, factors, input.elements, gradient.elements, &of)
    }
    let own = (0..<channels).map { sums.elements[$0] }
    let scaled = (0..<channels).map { products.elements[$0] * inverseDeviation[$0] }
    if weight.isTrainable {
      for channel in 0..<channels {
        (weight.gradient[channel], bias.gradient[channel]) = (Float(scaled[channel]), Float(own[channel]))
      }
    }
    if needsInputGradient {
      computeInputGradient(gradient, from: input, count: count, communicator.sum(own + scaled))
    }
    if weight.isTrainable, let step {
      step.apply(to: weight, 0..<channels)
      step.apply(to: bias, 0..<channels)
    }
    return needsInputGradient ? inputGradient : nil
  }

  /// scale * (gradient - mean of the gradient - normalised input * mean of gradient * normalised input).
  private func computeInputGradient(
    _ gradient: Activations, from input: Activations, count: Int, _ sums: [Double]
  ) {
    for channel in 0..<channels {
      let weight = usesBatch ? Double(scale.elements[channel]) / valueCount : 0
      let factor = -weight * sums[channels + channel] * inverseDeviation[channel]
      inputFactor.elements[channel] = Float(factor)
      offset.elements[channel] = Float(-weight * sums[channel] - Double(mean.elements[channel]) * factor)
    }
    forEachGroup(count) { shape, task, factors in
      whisker_norm_backward(
        shape, task, factors, input.elements, gradient.elements, inputGradient.elements)
    }
  }
}
