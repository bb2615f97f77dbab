import CKernels
import WhiskerTensor

/// Turns gradients into steps of the parameters.
public protocol Optimizer: AnyObject {
  /// The size of a step.
  var learningRate: Double { get set }
  /// How many steps were made.
  var steps: Int { get set }
  /// What the optimizer remembers from step to step, by name, in the parameters' shapes.
  var state: [(name: String, tensor: Tensor)] { get }

  /// Takes over what was remembered, in the order of `state`.
  func restore(_ state: [Tensor])

  /// Makes one step by the gradients that the last backward pass left in memory.
  func step(_ pool: ComputePool)

  /// Begins a step that the backward pass makes itself, wherever it has a gradient in its registers; nil where the
  /// optimizer wants all gradients in memory first.
  func beginFusedStep() -> FusedStep?
}

extension Optimizer {
  public func beginFusedStep() -> FusedStep? { nil }
}

/// A step of Adam that is made parameter by parameter, as their gradients become known.
public struct FusedStep {
  private let states: [ObjectIdentifier: whisker_adam]

  init(_ states: [ObjectIdentifier: whisker_adam]) { self.states = states }

  /// What the kernels need to update a parameter.
  func state(of parameter: Parameter) -> whisker_adam {
    guard let state = states[ObjectIdentifier(parameter)] else {
      preconditionFailure("the optimizer knows the network's parameters")
    }
    return state
  }

  /// Updates a range of a parameter's stored elements by the gradient in memory.
  func apply(to parameter: Parameter, _ range: Range<Int>) {
    var state = state(of: parameter)
    whisker_adam_step(
      &state, Int64(range.lowerBound), Int64(range.upperBound), parameter.gradient.elements + range.lowerBound
    )
  }
}

/// Elements are updated in blocks of this many, each by one thread.
private let updateBlock = 1 << 14

extension ComputePool {
  /// Runs `body` over the stored elements of a parameter, a block at a time.
  func forEachBlock(of parameter: Parameter, _ body: (Range<Int>) -> Void) {
    let count = parameter.value.stored.count
    run((count + updateBlock - 1) / updateBlock) { block, _ in
      let start = block * updateBlock
      body(start..<min(start + updateBlock, count))
    }
  }
}
