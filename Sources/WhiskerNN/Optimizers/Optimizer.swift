import CKernels
import WhiskerCore

/// Updates parameters from their gradients.
public protocol Optimizer: AnyObject {
  var learningRate: Double { get set }
  /// The number of steps so far.
  var steps: Int { get set }
  /// The state kept between steps, by name, with the shapes of the parameters.
  var state: [(name: String, tensor: Tensor)] { get }

  /// Restores the state, in the order of `state`.
  func restore(_ state: [Tensor])

  /// Makes one step with the stored gradients of the last backward pass.
  func step(_ pool: ComputePool)

  /// Starts a step that the backward pass applies while gradients are in registers; nil if the optimizer needs stored
  /// gradients.
  func beginFusedStep() -> FusedStep?
}

extension Optimizer {
  public func beginFusedStep() -> FusedStep? { nil }
}

/// A step of Adam that is applied to each parameter as soon as its gradient is computed.
public struct FusedStep {
  private let states: [ObjectIdentifier: whisker_adam]

  init(_ states: [ObjectIdentifier: whisker_adam]) { self.states = states }

  /// The kernels' state for updating a parameter.
  func state(of parameter: Parameter) -> whisker_adam {
    guard let state = states[ObjectIdentifier(parameter)] else {
      preconditionFailure("the optimizer must have been created with the network's parameters")
    }
    return state
  }

  /// Updates a range of the stored elements of a parameter from its stored gradient.
  package func apply(to parameter: Parameter, _ range: Range<Int>) {
    var state = state(of: parameter)
    whisker_adam_step(
      &state, Int64(range.lowerBound), Int64(range.upperBound), parameter.gradient.elements + range.lowerBound
    )
  }
}

/// The number of elements that one task updates.
private let updateBlock = 1 << 14

extension ComputePool {
  /// Runs `body` on blocks of the stored elements of a parameter, in parallel.
  func forEachBlock(of parameter: Parameter, _ body: (Range<Int>) -> Void) {
    forEachBlock(of: parameter.value, body)
  }

  /// Runs `body` on blocks of the stored elements of some values, in parallel.
  func forEachBlock(of values: ParameterValues, _ body: (Range<Int>) -> Void) {
    let count = values.stored.count
    run((count + updateBlock - 1) / updateBlock) { block, _ in
      let start = block * updateBlock
      body(start..<min(start + updateBlock, count))
    }
  }
}
