import WhiskerCore

/// Layers one after the other, in segments that share the memory of their activations (Chen, Xu, Zhang & Guestrin, "Training
/// Deep Nets with Sublinear Memory Cost", 2016). Only the inputs of segments are kept: the backward pass computes the
/// activations of each segment again. Every value is the same as without segments.
final class RecomputedSequence: Layer {
  private struct Segment {
    let layers: LayerSequence
    /// The output, which is the input of the next segment; nil for the last one.
    let output: Activations?
    /// The gradient with respect to the output; nil for the last one.
    let gradient: Activations?
  }

  private let segments: [Segment]
  private let pool: ComputePool
  /// The segment whose activations are in the shared memory.
  private var current = 0
  /// The input of the first segment, and the last pass.
  private var input: Activations?
  private var pass = Pass.inference

  /// The values that a task copies.
  private static let copySize = 1 << 16

  var parameters: [Parameter] { segments.flatMap(\.layers.parameters) }
  var buffers: [NetworkBuffer] { segments.flatMap(\.layers.buffers) }
  var dropouts: [DropoutMask] { segments.flatMap(\.layers.dropouts) }

  /// Builds the layers of a network.
  init(_ layers: [LayerSpecification], _ builder: LayerBuilder, input: FeatureShape) {
    let plan = RecomputationPlan(layers, builder, input: input)
    let arena = ActivationArena(capacity: plan.activationCount)
    let gradients = ActivationArena(capacity: plan.gradientCount)
    pool = builder.pool
    let capacity = builder.capacity
    var (builder, segments, built) = (builder, [Segment](), [any Layer]())
    arena.hold {
      builder.forEachLayer(of: layers, path: "", input: input) { layer, shape in
        built.append(layer)
        let isLast = segments.count == plan.segments.count - 1
        guard !isLast, built.count == plan.segments[segments.count].count else { return }
        gradients.reuse()
        arena.reuse()
        let features = shape.count
        let output = ActivationArena.$current.withValue(nil) {
          Activations(features: features, capacity: capacity)
        }
        let gradient = gradients.hold { Activations(features: features, capacity: capacity) }
        segments.append(Segment(layers: LayerSequence(built), output: output, gradient: gradient))
        built = []
      }
    }
    self.segments = segments + [Segment(layers: LayerSequence(built), output: nil, gradient: nil)]
  }

  func initialize(seed: UInt64) { for segment in segments { segment.layers.initialize(seed: seed) } }

  func synchronize(over communicator: any Communicator) {
    for segment in segments { segment.layers.synchronize(over: communicator) }
  }

  func forward(_ input: Activations, count: Int, pass: Pass) -> Activations {
    (self.input, self.pass) = (input, pass)
    var values = input
    for (index, segment) in segments.enumerated() {
      values = segment.layers.forward(values, count: count, pass: pass)
      current = index
      if let output = segment.output {
        copy(values, to: output, count: count)
        values = output
      }
    }
    return values
  }

  func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, step: FusedStep?
  ) -> Activations? {
    backward(gradient, count: count, needsInputGradient) {
      $0.backward($1, count: count, needsInputGradient: $2, step: step)
    }
  }

  func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, reducing allReduce: GradientAllReduce
  ) -> Activations? {
    backward(gradient, count: count, needsInputGradient) {
      $0.backward($1, count: count, needsInputGradient: $2, reducing: allReduce)
    }
  }

  /// Propagates the gradient from the last segment to the first that learns, or to the input if its gradient is needed.
  private func backward(
    _ gradient: Activations, count: Int, _ needsInputGradient: Bool,
    through: (_ layers: LayerSequence, _ gradient: Activations, _ needsInputGradient: Bool) -> Activations?
  ) -> Activations? {
    let learning = segments.firstIndex { $0.layers.parameters.contains(where: \.isTrainable) }
    let first = needsInputGradient ? 0 : learning ?? segments.count
    var gradient = gradient
    for index in segments.indices.reversed() where index >= first {
      if index != current { recompute(index, count: count) }
      guard let below = through(segments[index].layers, gradient, needsInputGradient || index > first) else {
        return nil
      }
      guard index > 0, let kept = segments[index - 1].gradient else { return below }
      copy(below, to: kept, count: count)
      gradient = kept
    }
    return nil
  }

  /// Computes the activations of a segment as in the last pass.
  private func recompute(_ index: Int, count: Int) {
    guard let input = index > 0 ? segments[index - 1].output : input else {
      preconditionFailure("backward follows forward")
    }
    var pass = pass
    pass.isRepeated = true
    _ = segments[index].layers.forward(input, count: count, pass: pass)
    current = index
  }

  private func copy(_ source: Activations, to target: Activations, count: Int) {
    let total = blockCount(count) * source.blockStride
    let chunks = Chunks(of: total, parts: (total + Self.copySize - 1) / Self.copySize)
    pool.run(chunks.number) { task, _ in
      let chunk = chunks[task]
      (target.elements + chunk.lowerBound).update(
        from: source.elements + chunk.lowerBound, count: chunk.count)
    }
  }
}
