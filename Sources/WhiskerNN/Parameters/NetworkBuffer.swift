import WhiskerCore

/// Values of a network that are not learned by gradients, such as batch norm's running statistics.
public final class NetworkBuffer {
  /// The name in the model file, as in PyTorch: "1.running_mean".
  public let name: String
  /// The values.
  public let values: ParameterValues

  init(name: String, shape: [Int]) { (self.name, values) = (name, ParameterValues(shape: shape)) }

  subscript(index: Int) -> Float {
    get { values.elements[index] }
    set { values.elements[index] = newValue }
  }

  /// Moves a value towards `new` by a share of the distance.
  func update(_ index: Int, by new: Double, share: Double) {
    self[index] = Float((1 - share) * Double(self[index]) + share * new)
  }
}
