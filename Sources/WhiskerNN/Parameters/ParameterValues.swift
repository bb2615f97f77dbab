import CKernels
import WhiskerCore

/// One value per element of a parameter, stored in the layout of the kernels and accessed in PyTorch's layout.
///
/// The weights of a dense layer are stored as `[panels, units, 16]`, with 16 features per panel and zero padding after the
/// last feature; in PyTorch's layout they are `[units, features]`. All others have the same layout in both.
public struct ParameterValues {
  package enum Layout {
    case plain
    /// The weights of a dense layer.
    case panels
  }

  /// The extents in PyTorch's layout, outermost first.
  public let shape: [Int]
  /// The number of values.
  public let count: Int
  /// The values in the layout of the kernels.
  let stored: Tensor
  private let layout: Layout

  init(shape: [Int], layout: Layout = .plain) {
    (self.shape, self.layout) = (shape, layout)
    count = shape.reduce(1, *)
    stored =
      switch layout {
      case .plain: Tensor(shape: shape)
      case .panels: Tensor(shape: [blockCount(shape[1]), shape[0], blockSize])
      }
  }

  /// Zeros of the same shape and layout.
  func zeros() -> ParameterValues { ParameterValues(shape: shape, layout: layout) }

  var elements: UnsafeMutablePointer<Float> { stored.elements }

  /// The value at an index in PyTorch's layout.
  public subscript(index: Int) -> Float {
    get { stored[place(of: index)] }
    nonmutating set { stored[place(of: index)] = newValue }
  }

  /// A copy in PyTorch's layout.
  public var tensor: Tensor {
    guard case .panels = layout else { return Tensor(shape: shape, values: stored.values) }
    let copy = Tensor(shape: shape)
    forEachPiece { values, place, count in
      (copy.elements + place).update(from: values, count: count)
    }
    return copy
  }

  /// A copy of all values in PyTorch's layout.
  public var values: [Float] { tensor.values }

  /// Whether no value is NaN or infinite.
  var isFinite: Bool {
    var signs: UInt32 = 0
    for index in 0..<stored.count {
      // Only an exponent of all ones (NaN or infinity) carries into the sign bit.
      signs |= (elements[index].bitPattern & 0x7FFF_FFFF) &+ 0x0080_0000
    }
    return signs & 0x8000_0000 == 0
  }

  /// Copies values from a tensor in PyTorch's layout.
  public func assign(_ tensor: Tensor) {
    precondition(tensor.count == count, "the number of values must match the shape")
    guard case .panels = layout else {
      return stored.elements.update(from: tensor.elements, count: count)
    }
    forEachPiece { values, place, count in
      values.update(from: tensor.elements + place, count: count)
    }
  }

  /// Visits the values of a row of a matrix: columns whose values are contiguous, and the address of the first.
  func forEachPiece(
    ofRow row: Int, _ body: (_ columns: Range<Int>, _ values: UnsafeMutablePointer<Float>) -> Void
  ) {
    let columns = count / shape[0]
    guard case .panels = layout else { return body(0..<columns, elements + row * columns) }
    for first in stride(from: 0, to: columns, by: blockSize) {
      body(first..<min(first + blockSize, columns), elements + place(row, first))
    }
  }

  /// The number of runs: contiguous values without padding, at most `runLimit` each.
  var runCount: Int {
    isFilledUp ? blockCount(shape[1]) * shape[0] : (count + Self.runLimit - 1) / Self.runLimit
  }

  func run(_ index: Int) -> UnsafeBufferPointer<Float> {
    guard isFilledUp else {
      let start = index * Self.runLimit
      return UnsafeBufferPointer(start: elements + start, count: min(Self.runLimit, count - start))
    }
    let firstFeature = index / shape[0] * blockSize
    return UnsafeBufferPointer(
      start: elements + index * blockSize, count: min(blockSize, shape[1] - firstFeature))
  }

  private var isFilledUp: Bool { stored.count > count }
  private static let runLimit = 4096

  private func place(of index: Int) -> Int {
    guard case .panels = layout else { return index }
    return place(index / shape[1], index % shape[1])
  }

  private func place(_ unit: Int, _ feature: Int) -> Int {
    (feature / blockSize * shape[0] + unit) * blockSize + feature % blockSize
  }

  /// Visits the values of a matrix that are contiguous in both layouts: their address, the index of the first in PyTorch's layout,
  /// and their number. A few units at a time keep accesses local in both.
  private func forEachPiece(_ body: (UnsafeMutablePointer<Float>, _ place: Int, _ count: Int) -> Void) {
    let (units, features, side) = (shape[0], shape[1], 16)
    for firstUnit in stride(from: 0, to: units, by: side) {
      for feature in stride(from: 0, to: features, by: blockSize) {
        for unit in firstUnit..<min(firstUnit + side, units) {
          body(elements + place(unit, feature), unit * features + feature, min(blockSize, features - feature))
        }
      }
    }
  }
}
