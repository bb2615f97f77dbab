import WhiskerCore

/// Values of a network that are not learned by gradients, such as batch norm's running statistics.
public final class NetworkBuffer {
  /// The name in the model file, as in PyTorch: "1.running_mean".
  public let name: String
  /// The values.
  public let values: ParameterValues

  private let minimum: Float

  /// - Parameter minimum: The smallest value that is possible: 0 for a variance.
  init(name: String, shape: [Int], minimum: Float = -.infinity) {
    (self.name, values, self.minimum) = (name, ParameterValues(shape: shape), minimum)
  }

  /// Whether every value is possible. Those of a damaged file may not be.
  public var isValid: Bool { (0..<values.count).allSatisfy { self[$0] >= minimum } }

  subscript(index: Int) -> Float {
    get { values.elements[index] }
    set { values.elements[index] = newValue }
  }

  /// Moves a value towards `new` by a fraction of the distance.
  func update(_ index: Int, by new: Double, weight: Double) {
    self[index] = Float((1 - weight) * Double(self[index]) + weight * new)
  }
}
