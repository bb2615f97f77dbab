import CKernels
import WhiskerCore

/// A convolution of any shape, next to any layer, or together with a 2x2 max-pool or a simple activation after it.
final class Convolution: Layer {
  /// `[filters, channels / groups, height, width]`
  let weight: Parameter
  /// `[filters]`; nil without a bias.
  let bias: Parameter?
  var parameters: [Parameter] { [weight] + (bias.map { [$0] } ?? []) }

  private let number: Int
  private let shape: whisker_convolution
  private let pool: ComputePool
  private let output: Activations
  private let inputGradient: Activations
  /// The convolutions that give the gradient with respect to the input, and their weights.
  private let transposed: [(row: Int64, column: Int64, shape: whisker_convolution, weights: Buffer<Float>)]
  private let workspaces: [Buffer<Float>]
  private let sums: [Buffer<Float>]
  /// The faster kernels for 3x3 and many channels.
  private let winograd: WinogradConvolution?
  private var input: Activations?
  /// The activation that is applied to the output; nil for none.
  private let activation: InPlaceActivation?

  /// A multiple of the filters, and of the channels, that one task takes.
  private static let step = 8

  /// Whether a 2x2 max-pool can be computed with the convolution. Its map is then never written.
  static func canPool(_ kind: ConvolutionKind, _ place: LayerPlace) -> Bool {
    WinogradConvolution.suits(kind.shape(place.input, place.output))
  }

  /// - Parameter pooled: The shape after a 2x2 max-pool that is computed with the convolution.
  /// - Parameter activation: An activation that is computed with it, in place.
  init(
    _ kind: ConvolutionKind, _ place: LayerPlace, pooled: FeatureShape? = nil,
    activation: ActivationBounds? = nil
  ) {
    var shape = kind.shape(place.input, place.output)
    (self.shape, number, pool) = (shape, place.number, place.pool)
    self.activation = activation.map { InPlaceActivation($0, channels: kind.filters, pool: place.pool) }
    let weightShape = [kind.filters, Int(shape.channels / shape.groups), kind.height, kind.width]
    weight = place.parameter("weight", shape: weightShape)
    bias = kind.hasBias ? place.parameter("bias", shape: [kind.filters]) : nil
    output = Activations(features: (pooled ?? place.output).count, capacity: place.capacity)
    inputGradient = Activations(features: place.input.count, capacity: place.capacity)
    let residues = (0..<shape.stride).flatMap { row in (0..<shape.stride).map { (row, $0) } }
    transposed = residues.filter { $0 < shape.height && $1 < shape.width }.map { row, column in
      var gradient = whisker_convolution()
      whisker_convolution_gradient_shape(&shape, row, column, &gradient)
      let count =
        gradient.filters * (gradient.channels / gradient.groups) * gradient.kernel_height
        * gradient.kernel_width
      return (row, column, gradient, Buffer<Float>(count: Int(count)))
    }
    winograd =
      WinogradConvolution.suits(shape)
      ? WinogradConvolution(
        shape, gradient: transposed[0].shape, pools: pooled != nil, capacity: place.capacity, pool: pool)
      : nil
    guard winograd == nil else {
      (workspaces, sums) = ([], [])
      return
    }
    var most = whisker_convolution_workspace(&shape)
    for var gradient in transposed.map(\.shape) { most = max(most, whisker_convolution_workspace(&gradient)) }
    workspaces = (0..<place.pool.threads).map { _ in Buffer(count: Int(most)) }
    let filters = Self.weightGroups(shape, pool).size
    let sumCount = whisker_convolution_weights_workspace(&shape, Int64(filters))
    sums = (0..<place.pool.threads).map { _ in Buffer(count: Int(sumCount)) }
  }

  func initialize(seed: UInt64) {
    let fan = weight.value.shape[1...].reduce(1, *)
    weight.fillGlorotUniform(
      fanIn: fan, fanOut: fan * Int(shape.filters) / Int(shape.channels), seed: seed, layer: number)
    bias?.value.stored.clear()
  }

  func forward(_ input: Activations, count: Int, pass: Pass) -> Activations {
    self.input = input
    if let winograd {
      winograd.forward(
        shape, weight.value.elements, bias?.value.elements, from: input, to: output, blocks: blockCount(count)
      )
      activation?.apply(to: output, count: count)
      return output
    }
    run(shape, weight.value.elements, bias?.value.elements, from: input, to: output, count: count)
    return output
  }

  func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, step: FusedStep?
  ) -> Activations? {
    activation?.mask(gradient, of: output, count: count)
    if needsInputGradient { computeInputGradient(gradient, count: count) }
    if weight.isTrainable { computeWeightGradient(gradient, count: count, step) }
    return needsInputGradient ? inputGradient : nil
  }

  /// The filters of the tasks of the gradient with respect to the weights. Each task transposes its inputs again, so there are no
  /// more than threads.
  private static func weightGroups(_ shape: whisker_convolution, _ pool: ComputePool) -> Chunks {
    Chunks(of: Int(shape.filters), parts: pool.threads, step: step)
  }

  private func computeInputGradient(_ gradient: Activations, count: Int) {
    if let winograd {
      return winograd.inputGradient(
        transposed[0].shape, weight.value.elements, from: gradient, to: inputGradient,
        blocks: blockCount(count))
    }
    withUnsafePointer(to: shape) { shape in
      for part in transposed {
        whisker_convolution_transpose(
          shape, part.row, part.column, weight.value.elements, part.weights.elements)
        run(part.shape, part.weights.elements, nil, from: gradient, to: inputGradient, count: count)
      }
    }
  }

  private func computeWeightGradient(_ gradient: Activations, count: Int, _ step: FusedStep?) {
    guard let input else { preconditionFailure("backward follows forward") }
    if let winograd { return computeWeightGradient(winograd, input, gradient, blockCount(count), step) }
    let groups = Self.weightGroups(shape, pool)
    withUnsafePointer(to: shape) { shape in
      pool.run(groups.number) { task, worker in
        let group = groups[task]
        whisker_convolution_weights(
          shape, Int64(group.lowerBound), Int64(group.upperBound), Int64(blockCount(count)), input.elements,
          gradient.elements, weight.gradient.elements, bias?.gradient.elements, sums[worker].elements)
        apply(step, to: group)
      }
    }
  }

  private func computeWeightGradient(
    _ winograd: WinogradConvolution, _ input: Activations, _ gradient: Activations, _ blocks: Int,
    _ step: FusedStep?
  ) {
    winograd.weightGradient(shape, input, gradient, blocks: blocks, to: weight.gradient.elements) { group in
      if let bias {
        var shape = shape
        // The gradient of a pooled map has the same sum.
        (shape.out_height, shape.out_width) = (1, Int64(output.features) / shape.filters)
        withUnsafePointer(to: shape) { shape in
          whisker_convolution_bias(
            shape, Int64(group.lowerBound), Int64(group.upperBound), Int64(blocks), gradient.elements,
            bias.gradient.elements)
        }
      }
      apply(step, to: group)
    }
  }

  /// Applies an optimizer's step to some filters, always the same few at a time: with AVX-512 the last elements of a range are
  /// rounded differently, and the ranges must not depend on the number of threads.
  private func apply(_ step: FusedStep?, to filters: Range<Int>) {
    guard let step else { return }
    let taps = weight.value.count / Int(shape.filters)
    for first in stride(from: filters.lowerBound, to: filters.upperBound, by: Self.step) {
      let few = first..<min(first + Self.step, filters.upperBound)
      step.apply(to: weight, few.lowerBound * taps..<few.upperBound * taps)
      if let bias { step.apply(to: bias, few) }
    }
  }

  /// Runs a convolution over all blocks, divided by blocks, and by filters where there are fewer blocks than threads.
  private func run(
    _ shape: whisker_convolution, _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
    from input: Activations, to output: Activations, count: Int
  ) {
    let blocks = blockCount(count)
    guard blocks > 0 else { return }
    let groups = Chunks(
      of: Int(shape.filters), parts: (2 * pool.threads + blocks - 1) / blocks, step: Self.step)
    // While they are in the cache.
    let activation = output === self.output ? activation : nil
    withUnsafePointer(to: shape) { shape in
      pool.run(groups.number * blocks) { task, worker in
        let (group, block) = (groups[task / blocks], task % blocks)
        whisker_convolution_forward(
          shape, Int64(group.lowerBound), Int64(group.upperBound), weights, bias, input.block(block),
          output.block(block), workspaces[worker].elements)
        activation?.apply(to: output, block, group)
      }
    }
  }
}
