import CKernels
import WhiskerTensor

/// A network that can be run: its specification turned into layers for one input shape and number of classes.
///
/// It belongs to one thread, and divides its work over a pool.
public final class Network {
  /// The layers, with the dropout rates of the next pass.
  public private(set) var specification: NetworkSpecification
  /// The shape of an input sample, a map of 1 or 3 channels.
  public let inputShape: FeatureShape
  /// The number of classes.
  public let classCount: Int
  /// The shape behind each layer of the specification.
  public let shapes: [FeatureShape]
  /// Everything that is learned, in the order of the layers.
  public let parameters: [Parameter]
  /// The most samples in one pass.
  public let capacity: Int
  /// The threads that compute.
  public let pool: ComputePool

  private let layers: [any Layer]
  private let input: Activations
  private let logits: Tensor
  private let logitsGradient: Activations

  /// Builds the network, with all parameters zero.
  /// - Parameter specification: The layers.
  /// - Parameter shape: The shape of an input sample, a map of 1 or 3 channels.
  /// - Parameter classCount: The number of classes.
  /// - Parameter capacity: The most samples in one pass.
  /// - Parameter pool: The threads that compute.
  /// - Parameter fuses: Whether layers that have a common kernel are run as one; without it the result is the same up
  ///   to rounding.
  /// - Throws: `NetworkError` when the layers do not fit each other, the input or the number of classes.
  public init(
    _ specification: NetworkSpecification, input shape: FeatureShape, classCount: Int, capacity: Int,
    pool: ComputePool, fuses: Bool = true
  ) throws {
    precondition(capacity > 0, "a network has room for at least one sample")
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
  /// Whether no weight is NaN or infinite.
  public var isFinite: Bool { parameters.allSatisfy(\.value.isFinite) }

  /// Changes the rates of the dropout layers from the next pass on.
  /// - Parameter rates: As `NetworkSpecification.withDropout` takes them.
  /// - Throws: `NetworkError` as that does.
  public func setDropout(_ rates: [Double]) throws(NetworkError) {
    specification = try specification.withDropout(rates)
    for (mask, rate) in zip(layers.compactMap(\.dropout), specification.dropoutRates) { mask.rate = rate }
  }

  /// Gives every parameter its initial value, a pure function of the seed.
  public func initialize(seed: UInt64) {
    for layer in layers { layer.initialize(seed: seed) }
  }

  /// Computes the logits `[count, classes]` of images that lie anywhere. On the way in a value v becomes v / 255 - 1/2:
  /// centred values are learned faster than those from 0 to 1, which shows on small sets above all.
  /// - Parameter count: The number of images, up to the capacity.
  /// - Parameter pass: What the pass is for.
  /// - Parameter address: Where the image at an index below `count` lies, `[height, width, channels]`. It is asked by all
  ///   threads.
  public func forward(count: Int, pass: Pass, _ address: (Int) -> UnsafePointer<UInt8>) -> Tensor {
    precondition(count <= capacity, "the images fit")
    guard case .map(let channels, let height, let width) = inputShape else {
      preconditionFailure("images have channels")
    }
    pool.run(blockCount(count)) { block, _ in
      let present = samples(of: block, count)
      withUnsafeTemporaryAllocation(of: UnsafePointer<UInt8>?.self, capacity: blockSize) { images in
        // What stands in for samples beyond the last counts for nothing.
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

  /// Computes the gradients by all parameters from the gradient `[count, classes]` by the logits of the last forward
  /// pass, and leaves them in memory.
  public func backward(_ gradient: Tensor, count: Int) { backward(gradient, count: count, step: nil) }

  private func backward(_ gradient: Tensor, count: Int, step: FusedStep?) {
    backward(gradient, count: count) {
      $0.backward($1, count: count, needsInputGradient: $2, step: step)
    }
  }

  /// Computes the gradients as `backward` does, and makes a step of the optimizer, where it can in one go: the gradients
  /// are then used up before they come to memory.
  public func backward(_ gradient: Tensor, count: Int, updating optimizer: any Optimizer) {
    guard let step = optimizer.beginFusedStep() else {
      backward(gradient, count: count)
      return optimizer.step(pool)
    }
    backward(gradient, count: count, step: step)
  }

  /// Computes the gradients as `backward` does, and adds them up over all processes that train together: those of the
  /// last layers are on their way while the others are computed. Returns when all are there, in memory.
  /// - Parameter count: The samples of this process, of which there may be none.
  public func backward(_ gradient: Tensor, count: Int, adding sums: GradientSum) {
    sums.begin()
    if count > 0 {
      pool.pausing(sums.advance) {
        backward(gradient, count: count) {
          $0.backward($1, count: count, needsInputGradient: $2, adding: sums)
        }
      }
    } else {
      for parameter in parameters {
        parameter.gradient.stored.clear()
        sums.note(parameter)
      }
    }
    sums.finish(pool)
  }

  /// Takes the gradient through the layers, from the last to the first that learns.
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
