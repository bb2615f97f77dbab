/// The windows of a kernel or a pool along one axis.
struct Windows {
  let size: Int
  let stride: Int
  /// Their number; 0 or less if none fits.
  let count: Int
  /// The padding before the first value.
  let before: Int
  /// The padding after the last value.
  let after: Int

  init(of size: Int, stride: Int, _ padding: ConvolutionKind.Padding, extent: Int) {
    (self.size, self.stride) = (size, stride)
    switch padding {
    case .valid: (count, before) = (extent < size ? 0 : (extent - size) / stride + 1, 0)
    case .fixed(let added):
      let padded = extent + 2 * added
      (count, before) = (padded < size ? 0 : (padded - size) / stride + 1, added)
    case .same:
      count = (extent + stride - 1) / stride
      before = max(0, (count - 1) * stride + size - extent) / 2
    }
    after = max(0, (count - 1) * stride + size - extent - before)
  }
}

extension InferenceGraph.Window {
  init(vertical: Windows, horizontal: Windows) {
    size = [vertical.size, horizontal.size]
    stride = vertical.stride
    padding = [vertical.before, horizontal.before, vertical.after, horizontal.after]
  }
}

/// A square or rectangular window in JSON: a number, or `[height, width]`.
enum KernelSize {
  static func read(_ name: String, _ options: LayerOptions) throws -> (height: Int, width: Int) {
    if let side = try? options.value(name, as: Int.self) { return (side, side) }
    guard let sides = try? options.value(name, as: [Int].self) else {
      let side: Int = try options.value(name)
      return (side, side)
    }
    guard sides.count == 2 else { throw NetworkError("\(name) is one number, or a height and a width") }
    return (sides[0], sides[1])
  }

  static func write(_ name: String, _ height: Int, _ width: Int, to options: inout LayerOptionsWriter) throws
  {
    if height == width { try options.set(name, height) } else { try options.set(name, [height, width]) }
  }
}

extension ConvolutionKind.Padding: CustomStringConvertible {
  package var description: String {
    switch self {
    case .valid: "valid"
    case .same: "same"
    case .fixed(let size): "\(size)"
    }
  }

  /// The number of zeros that is given; 0 where it follows from the shape.
  var size: Int { if case .fixed(let size) = self { size } else { 0 } }

  static func read(_ options: LayerOptions) throws -> Self {
    if let size = try? options.optional("padding", as: Int.self) {
      guard size >= 0 else { throw NetworkError("padding is not negative") }
      return size == 0 ? .valid : .fixed(size)
    }
    switch try options.value("padding", default: "valid") {
    case "valid": return .valid
    case "same": return .same
    default: throw NetworkError("padding is \"valid\", \"same\" or a number")
    }
  }

  func write(to options: inout LayerOptionsWriter) throws {
    switch self {
    case .valid: break
    case .same: try options.set("padding", "same")
    case .fixed(let size): try options.set("padding", size)
    }
  }
}
