import WhiskerTensor

/// Turns gradients into steps of the parameters.
public protocol Optimizer: AnyObject {
  /// The size of a step.
  var learningRate: Double { get set }
  /// How many steps were made.
  var steps: Int { get set }
  /// What the optimizer remembers from step to step, by name, in the parameters' shapes.
  var state: [(name: String, tensor: Tensor)] { get }

  /// Makes one step by the gradients of the last backward pass.
  func step(_ pool: ComputePool)
}

/// Elements are updated in blocks of this many, each by one thread.
private let updateBlock = 1 << 14

extension ComputePool {
  /// Runs `body` over the elements of a parameter, a block at a time.
  func forEachBlock(of parameter: Parameter, _ body: (_ start: Int, _ count: Int) -> Void) {
    let count = parameter.value.count
    run((count + updateBlock - 1) / updateBlock) { block, _ in
      let start = block * updateBlock
      body(start, min(updateBlock, count - start))
    }
  }
}
