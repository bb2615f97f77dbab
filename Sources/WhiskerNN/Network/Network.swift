import CKernels
import WhiskerCore

/// A runnable network, built from a specification for one input shape and number of classes.
///
/// It is not thread-safe; it divides its work among the threads of a pool.
public final class Network {
  /// The specification, with the dropout rates of the next pass.
  public private(set) var specification: NetworkSpecification
  /// The shape of an input sample, a map of 1 or 3 channels.
  public let inputShape: FeatureShape
  /// The number of classes.
  public let classCount: Int
  /// The output shape of each layer of the specification.
  public let shapes: [FeatureShape]
  /// The learned parameters, in the order of the layers.
  public let parameters: [Parameter]
  /// The maximum number of samples in one pass.
  public let capacity: Int
  public let pool: ComputePool

  private let layers: [any Layer]
  private let input: Activations
  private let logits: Tensor
  private let logitsGradient: Activations

  /// Builds the network with all parameters zero.
  /// - Parameter specification: The layers.
  /// - Parameter shape: The shape of an input sample, a map of 1 or 3 channels.
  /// - Parameter classCount: The number of classes.
  /// - Parameter capacity: The maximum number of samples in one pass.
  /// - Parameter pool: The threads that compute.
  /// - Parameter fuses: Whether to use fused kernels. Without them the results are equal up to rounding.
  /// - Throws: `NetworkError` when the layers do not match each other, the input or the number of classes.
  public init(
    _ specification: NetworkSpecification, input shape: FeatureShape, classCount: Int, capacity: Int,
    pool: ComputePool, fuses: Bool = true
  ) throws {
    precondition(capacity > 0, "the capacity must be at least 1")
    shapes = try specification.shapes(input: shape, classCount: classCount)
    (self.specification, inputShape, self.classCount) = (specification, shape, classCount)
    (self.capacity, self.pool) = (capacity, pool)
    layers = LayerBuilder(
      layers: specification.layers, shapes: [shape] + shapes, capacity: capacity, pool: pool, fuses: fuses
    ).build()
    parameters = layers.flatMap(\.parameters)
    input = Activations(features: shape.count, capacity: capacity)
    logits = Tensor(shape: [capacity, classCount])
    logitsGradient = Activations(features: classCount, capacity: capacity)
  }

  /// The number of weights and biases.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.value.count } }
  /// Whether no parameter is NaN or infinite.
  public var isFinite: Bool { parameters.allSatisfy(\.value.isFinite) }

  /// Sets the rates of the dropout layers, from the next pass on.
  /// - Parameter rates: One rate for all dropout layers, or one for each in order.
  /// - Throws: `NetworkError` when the number of rates does not match, or a rate is out of range.
  public func setDropout(_ rates: [Double]) throws(NetworkError) {
    specification = try specification.withDropout(rates)
    for (mask, rate) in zip(layers.compactMap(\.dropout), specification.dropoutRates) { mask.rate = rate }
  }

  /// Initializes all parameters. Their values are a pure function of the seed.
  public func initialize(seed: UInt64) {
    for layer in layers { layer.initialize(seed: seed) }
  }

  /// Computes the logits `[count, classes]` of images. Pixels are normalised to v / 255 - 1/2, because training converges
  /// faster with centred values than with values from 0 to 1, above all on small datasets.
  /// - Parameter count: The number of images, up to the capacity.
  /// - Parameter pass: Whether dropout drops, and with which masks.
  /// - Parameter address: Returns the address of the image at an index below `count`, `[height, width, channels]`. It is
  ///   called from all threads of the pool.
  public func forward(count: Int, pass: Pass, _ address: (Int) -> UnsafePointer<UInt8>) -> Tensor {
    precondition(count <= capacity, "there must be at most `capacity` images")
    guard case .map(let channels, let height, let width) = inputShape else {
      preconditionFailure("the input must be a map")
    }
    pool.run(blockCount(count)) { block, _ in
      let present = samples(of: block, count)
      withUnsafeTemporaryAllocation(of: UnsafePointer<UInt8>?.self, capacity: blockSize) { images in
        // The lanes after the last sample repeat it. Their results are ignored.
        for lane in 0..<blockSize { images[lane] = address(block * blockSize + min(lane, present - 1)) }
        whisker_images_to_block(
          Int64(height * width), Int64(channels), images.baseAddress, input.block(block))
      }
    }
    let output = layers.reduce(input) { $1.forward($0, count: count, pass: pass) }
    for block in 0..<blockCount(count) {
      whisker_block_to_rows(
        Int64(samples(of: block, count)), Int64(classCount), output.block(block),
        logits.elements + block * blockSize * classCount)
    }
    return logits
  }

  /// Computes and stores the gradients with respect to all parameters, from the gradient `[count, classes]` with respect to
  /// the logits of the last forward pass.
  public func backward(_ gradient: Tensor, count: Int) { backward(gradient, count: count, step: nil) }

  private func backward(_ gradient: Tensor, count: Int, step: FusedStep?) {
    backward(gradient, count: count) {
      $0.backward($1, count: count, needsInputGradient: $2, step: step)
    }
  }

  /// Computes the gradients and makes a step of the optimizer. If the optimizer supports fused steps, gradients are used
  /// directly and not all of them are stored.
  public func backward(_ gradient: Tensor, count: Int, updating optimizer: any Optimizer) {
    guard let step = optimizer.beginFusedStep() else {
      backward(gradient, count: count)
      return optimizer.step(pool)
    }
    backward(gradient, count: count, step: step)
  }

  /// Computes the gradients and sums them over all processes. The all-reduce of the last layers overlaps with the backward
  /// pass of the others. Returns when all sums are stored as gradients.
  /// - Parameter count: The number of samples of this process, which may be 0.
  public func backward(_ gradient: Tensor, count: Int, reducing allReduce: GradientAllReduce) {
    allReduce.begin()
    if count > 0 {
      pool.pausing(allReduce.advance) {
        backward(gradient, count: count) {
          $0.backward($1, count: count, needsInputGradient: $2, reducing: allReduce)
        }
      }
    } else {
      for parameter in parameters {
        parameter.gradient.stored.clear()
        allReduce.note(parameter)
      }
    }
    allReduce.finish()
  }

  /// Propagates the gradient through the layers, from the last to the first one with parameters.
  private func backward(
    _ gradient: Tensor, count: Int,
    through: (_ layer: any Layer, _ gradient: Activations, _ needsInputGradient: Bool) -> Activations?
  ) {
    for block in 0..<blockCount(count) {
      whisker_rows_to_block(
        Int64(samples(of: block, count)), Int64(classCount),
        gradient.elements + block * blockSize * classCount,
        logitsGradient.block(block))
    }
    guard let first = layers.firstIndex(where: { !$0.parameters.isEmpty }) else { return }
    var gradient: Activations? = logitsGradient
    for index in layers.indices.reversed() where index >= first {
      guard let above = gradient else { return }
      gradient = through(layers[index], above, index > first)
    }
  }

  private func samples(of block: Int, _ count: Int) -> Int { min(blockSize, count - block * blockSize) }
}
