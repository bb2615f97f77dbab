import CKernels
import WhiskerCore

/// A runnable network, built from a specification for one input shape and number of classes.
///
/// It is not thread-safe; it divides its work among the threads of a pool.
public final class Network {
  /// The specification, with the dropout rates of the next pass.
  public private(set) var specification: NetworkSpecification
  /// The shape of an input sample: a map of 1 or 3 channels, or a vector of features.
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

  /// The values that are kept with the parameters, such as the running statistics of batch norm.
  public let buffers: [NetworkBuffer]

  private let layers: any Layer
  /// The number of samples that the layers compute at a time, a multiple of a block unless it is the capacity. In inference
  /// it is limited, so that memory does not grow with the batch.
  private let chunkSize: Int
  private let isTrained: Bool
  private let input: Activations
  private let logits: Tensor
  private let logitsGradient: Activations

  /// Builds the network with all parameters zero.
  /// - Parameter specification: The layers.
  /// - Parameter shape: The shape of an input sample, a map of 1 or 3 channels.
  /// - Parameter classCount: The number of classes.
  /// - Parameter capacity: The maximum number of samples in one pass.
  /// - Parameter pool: The threads that compute.
  /// - Parameter isTrained: Whether the network is trained. Otherwise only passes without gradients are allowed, which need less
  ///   memory.
  /// - Parameter fuses: Whether to use fused kernels. Without them the results are equal up to rounding.
  /// - Throws: `NetworkError` when the layers do not match each other, the input or the number of classes.
  public convenience init(
    _ specification: NetworkSpecification, input shape: FeatureShape, classCount: Int, capacity: Int,
    pool: ComputePool, isTrained: Bool = true, fuses: Bool = true
  ) throws {
    try self.init(
      specification, input: shape, classCount: classCount,
      Options(capacity: capacity, pool: pool, isTrained: isTrained, fuses: fuses))
  }

  /// How a network is built.
  package struct Options {
    /// The maximum number of samples in one pass.
    package var capacity: Int
    package var pool: ComputePool
    package var isTrained = true
    package var fuses = true
    /// Whether training computes activations again in the backward pass, which needs less memory. The results are the same.
    package var recomputes = false
    /// The layers before the network's, which compute its input elsewhere. Names, initial weights and dropout masks count them.
    package var preceding: [LayerSpecification] = []
    /// A network of the same layers whose parameters and buffers are used, for an input of another size; nil for new ones. No shape
    /// of theirs may depend on the input.
    package var sharing: Network?

    package init(
      capacity: Int, pool: ComputePool, isTrained: Bool = true, fuses: Bool = true,
      preceding: [LayerSpecification] = []
    ) {
      (self.capacity, self.pool, self.isTrained, self.fuses) = (capacity, pool, isTrained, fuses)
      self.preceding = preceding
    }
  }

  /// Builds the network with all parameters zero.
  /// - Parameter shape: The shape of an input sample: a map of 1 or 3 channels, or a vector of features.
  /// - Throws: `NetworkError` when the layers do not match each other, the input or the number of classes.
  package init(
    _ specification: NetworkSpecification, input shape: FeatureShape, classCount: Int, _ options: Options
  ) throws {
    let (capacity, pool, isTrained) = (options.capacity, options.pool, options.isTrained)
    precondition(capacity > 0, "the capacity must be at least 1")
    shapes = try specification.shapes(input: shape, classCount: classCount)
    (self.specification, inputShape, self.classCount) = (specification, shape, classCount)
    (self.capacity, self.pool, self.isTrained) = (capacity, pool, isTrained)
    chunkSize =
      isTrained
      ? capacity : min(capacity, try Self.chunkSize(specification, input: shape, classCount: classCount))
    var builder = LayerBuilder(
      classCount: classCount, capacity: chunkSize, pool: pool, fuses: options.fuses,
      preceding: options.preceding, sharing: options.sharing.map { SharedValues($0.parameters, $0.buffers) })
    layers =
      isTrained && options.recomputes
      ? RecomputedSequence(specification.layers, builder, input: shape)
      : builder.sequence(specification.layers, path: "", input: shape)
    (parameters, buffers) = (layers.parameters, layers.buffers)
    input = Activations(features: shape.count, capacity: chunkSize)
    logits = Tensor(shape: [capacity, classCount])
    logitsGradient = Activations(features: classCount, capacity: capacity)
  }

  /// The number of weights and biases.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.value.count } }
  /// Whether no parameter or buffer is NaN or infinite.
  public var isFinite: Bool {
    parameters.allSatisfy(\.value.isFinite) && buffers.allSatisfy(\.values.isFinite)
  }
  /// The parameters and buffers with their names.
  package var values: [(name: String, values: ParameterValues)] {
    parameters.map { ($0.name, $0.value) } + buffers.map { ($0.name, $0.values) }
  }
  /// The parameters that training changes.
  public var trainableParameters: [Parameter] { parameters.filter(\.isTrainable) }

  /// Makes the batch statistics of batch norm span the batches of all processes.
  public func synchronize(over communicator: any Communicator) { layers.synchronize(over: communicator) }

  /// Sets the rates of the dropout layers, from the next pass on.
  /// - Parameter rates: One rate for all dropout layers, or one for each in order.
  /// - Throws: `NetworkError` when the number of rates does not match, or a rate is out of range.
  public func setDropout(_ rates: [Double]) throws(NetworkError) {
    specification = try specification.withDropout(rates)
    for (mask, rate) in zip(layers.dropouts, specification.dropoutRates) { mask.rate = rate }
  }

  /// Initializes all parameters. Their values are a pure function of the seed.
  public func initialize(seed: UInt64) {
    layers.initialize(seed: seed)
  }

  /// Computes the logits `[count, classes]` of images. Pixels are normalised to v / 255 - 1/2, because training converges
  /// faster with centred values than with values from 0 to 1, above all on small datasets.
  /// - Parameter count: The number of images, up to the capacity.
  /// - Parameter pass: Whether dropout drops, and with which masks.
  /// - Parameter address: Returns the address of the image at an index below `count`, `[height, width, channels]`, or of the
  ///   floats of a vector. It is called from all threads of the pool.
  public func forward(count: Int, pass: Pass, _ address: (Int) -> UnsafePointer<UInt8>) -> Tensor {
    precondition(count <= capacity, "there must be at most `capacity` images")
    precondition(isTrained || !pass.wantsGradients, "the network must be built for training")
    for first in stride(from: 0, to: max(1, count), by: chunkSize) {
      var pass = pass
      pass.firstRow &+= UInt32(first)
      forward(first: first, count: min(chunkSize, count - first), pass: pass) { address(first + $0) }
    }
    return logits
  }

  /// Computes the logits of at most `chunkSize` images, from row `first` of the logits on.
  private func forward(first: Int, count: Int, pass: Pass, _ address: (Int) -> UnsafePointer<UInt8>) {
    pool.run(blockCount(count)) { block, _ in
      let present = samples(of: block, count)
      withUnsafeTemporaryAllocation(of: UnsafePointer<UInt8>?.self, capacity: blockSize) { samples in
        // The lanes after the last sample repeat it. Their results are ignored.
        for lane in 0..<blockSize { samples[lane] = address(block * blockSize + min(lane, present - 1)) }
        switch inputShape {
        case .map(let channels, let height, let width):
          whisker_images_to_block(
            Int64(height * width), Int64(channels), samples.baseAddress, input.block(block))
        case .vector(let features):
          whisker_vectors_to_block(Int64(features), samples.baseAddress, input.block(block))
        }
      }
    }
    let output = layers.forward(input, count: count, pass: pass)
    for block in 0..<blockCount(count) {
      whisker_block_to_rows(
        Int64(samples(of: block, count)), Int64(classCount), output.block(block),
        logits.elements + (first + block * blockSize) * classCount)
    }
  }

  /// The memory of all activations in inference that is worth while, in bytes.
  private static let activationLimit = 64 << 20

  /// The number of samples whose activations need about `activationLimit`, at least one block.
  private static func chunkSize(
    _ specification: NetworkSpecification, input: FeatureShape, classCount: Int
  ) throws -> Int {
    max(1, activationLimit / (try blockMemory(specification, input: input, classCount: classCount)))
      * blockSize
  }

  /// The memory of the activations of a block, in bytes.
  private static func blockMemory(
    _ specification: NetworkSpecification, input: FeatureShape, classCount: Int
  ) throws -> Int {
    let layers = try specification.placedLayers(input: input, classCount: classCount)
    return layers.reduce(input.count) { $0 + $1.output.count } * blockSize * MemoryLayout<Float>.stride
  }

  /// Whether the activations of a single block already need more memory in inference than is worth while.
  package static func isLarge(
    _ specification: NetworkSpecification, input: FeatureShape, classCount: Int
  ) -> Bool {
    (try? blockMemory(specification, input: input, classCount: classCount)).map { $0 > activationLimit }
      ?? false
  }

  /// Computes and stores the gradients with respect to all parameters, from the gradient `[count, classes]` with respect to
  /// the logits of the last forward pass.
  public func backward(_ gradient: Tensor, count: Int) { backward(gradient, count: count, step: nil) }

  private func backward(_ gradient: Tensor, count: Int, step: FusedStep?) {
    layoutGradient(gradient, count: count)
    _ = layers.backward(logitsGradient, count: count, needsInputGradient: false, step: step)
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
  /// pass of the others, up to the next batch norm, which waits for its own sums. Returns when all sums are stored as gradients.
  /// - Parameter count: The number of samples of this process, which may be 0.
  public func backward(_ gradient: Tensor, count: Int, reducing allReduce: GradientAllReduce) {
    // The sums of batch norm finish all-reduces of gradients, in which denormals are zero as in the pool.
    let state = whisker_flush_denormals()
    defer { whisker_restore_denormals(state) }
    allReduce.begin()
    // A process without samples takes part in the sums of batch norm.
    if count > 0 || !buffers.isEmpty {
      pool.pausing(allReduce.advance) {
        layoutGradient(gradient, count: count)
        _ = layers.backward(logitsGradient, count: count, needsInputGradient: false, reducing: allReduce)
      }
    } else {
      for parameter in trainableParameters {
        parameter.gradient.stored.clear()
        allReduce.note(parameter)
      }
    }
    allReduce.finish()
  }

  /// Copies the gradient with respect to the logits into blocks.
  private func layoutGradient(_ gradient: Tensor, count: Int) {
    for block in 0..<blockCount(count) {
      whisker_rows_to_block(
        Int64(samples(of: block, count)), Int64(classCount),
        gradient.elements + block * blockSize * classCount,
        logitsGradient.block(block))
    }
  }

  private func samples(of block: Int, _ count: Int) -> Int { min(blockSize, count - block * blockSize) }
}

extension InferenceGraph {
  /// The graph of a network.
  package init(_ network: Network) {
    self.init(
      network.specification.layers, input: network.inputShape, classCount: network.classCount,
      tensors: Dictionary(uniqueKeysWithValues: network.values.map { ($0.name, $0.values.tensor) }))
  }
}
