/// A row-major array of floats with a shape, aligned for vector loads.
///
/// A tensor is not thread-safe; kernels that share one write to disjoint elements.
public final class Tensor {
  /// The extent of each dimension, outermost first.
  public let shape: [Int]
  /// The number of elements: the product of `shape`.
  public let count: Int
  /// The elements, in row-major order.
  public let elements: UnsafeMutablePointer<Float>

  private let memory: Buffer<Float>

  /// A tensor of zeros.
  public init(shape: [Int]) {
    precondition(shape.allSatisfy { $0 >= 0 }, "extents must not be negative")
    self.shape = shape
    count = shape.reduce(1, *)
    memory = Buffer(count: count)
    elements = memory.elements
  }

  /// A tensor with the given values in row-major order. Their number must be the product of `shape`.
  public convenience init(shape: [Int], values: [Float]) {
    self.init(shape: shape)
    precondition(values.count == count, "the number of values must match the shape")
    elements.update(from: values, count: count)
  }

  /// The element at an index in row-major order.
  public subscript(index: Int) -> Float {
    get { elements[index] }
    set { elements[index] = newValue }
  }

  /// A copy of the elements.
  public var values: [Float] { Array(UnsafeBufferPointer(start: elements, count: count)) }

  /// Sets every element to zero.
  public func clear() { elements.update(repeating: 0, count: count) }
}
