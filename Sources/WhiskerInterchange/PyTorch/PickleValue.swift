import WhiskerCore

/// A value of a state dict's pickle.
enum PickleValue {
  case nothing
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  /// A tuple, list or dict, by its place among all of them: containers can refer to each other.
  case tuple(Int)
  case list(Int)
  case dict(Int)
  case storage(Int)
  case tensor(Int)
  /// Something that the pickle calls, or the type of a storage.
  case global(PickleGlobal)
}

/// What a state dict's pickle may ask for by name.
enum PickleGlobal {
  case orderedDict
  case rebuildTensor
  case rebuildParameter
  case storage(TorchElement)

  /// Nil for anything that is no part of a state dict.
  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDict
    case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
    case ("torch", _):
      guard let element = TorchElement(storage: name) else { return nil }
      self = .storage(element)
    default: return nil
    }
  }
}

/// The element type of a storage.
enum TorchElement: String, CaseIterable {
  case float32 = "Float"
  case float16 = "Half"
  case bfloat16 = "BFloat16"
  case float64 = "Double"
  case int64 = "Long"
  case int32 = "Int"
  case int16 = "Short"
  case int8 = "Char"
  case uint8 = "Byte"
  case bool = "Bool"

  /// - Parameter name: PyTorch's name of the storage's type: "FloatStorage".
  init?(storage name: String) {
    guard name.hasSuffix("Storage") else { return nil }
    self.init(rawValue: String(name.dropLast("Storage".count)))
  }

  /// The size in bytes.
  var size: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    }
  }
}

/// The values of a tensor, somewhere else in the file.
struct TorchStorage {
  let element: TorchElement
  /// Its name in the file.
  let key: String
  /// The number of elements.
  let count: Int
}

/// A view of a storage as a tensor.
struct TorchTensor {
  let storage: TorchStorage
  /// The first element.
  let offset: Int
  let shape: [Int]
  /// The distances between elements along each dimension.
  let strides: [Int]

  private static let rankLimit = 8

  /// Nil unless it is inside the storage and has no more elements than it.
  init?(_ storage: TorchStorage, offset: Int, shape: [Int], strides: [Int]) {
    guard offset >= 0, shape.count == strides.count, shape.count <= Self.rankLimit else { return nil }
    var (count, last) = (1, offset)
    for (extent, stride) in zip(shape, strides) {
      guard extent >= 0, stride >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      let (distance, overflows) = stride.multipliedReportingOverflow(by: max(0, extent - 1))
      let (end, isOver) = last.addingReportingOverflow(distance)
      guard !overflow, !overflows, !isOver else { return nil }
      (count, last) = (product, end)
    }
    guard count <= storage.count, count == 0 || last < storage.count else { return nil }
    (self.storage, self.offset, self.shape, self.strides) = (storage, offset, shape, strides)
  }

  /// The values, in row-major order.
  /// - Parameter range: The storage in the file.
  func values(in contents: FileContents, _ range: Range<Int>) -> Tensor {
    let tensor = Tensor(shape: shape)
    guard tensor.count > 0 else { return tensor }
    contents.withBytes { bytes in
      let source = UnsafeRawBufferPointer(rebasing: bytes[range])
      switch storage.element {
      case .float32: copy(source, into: tensor) { (bits: UInt32) in Float(bitPattern: bits) }
      case .float16: copy(source, into: tensor) { (bits: UInt16) in Float(Float16(bitPattern: bits)) }
      case .bfloat16: copy(source, into: tensor) { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
      case .float64: copy(source, into: tensor) { (bits: UInt64) in Float(Double(bitPattern: bits)) }
      case .int64: copy(source, into: tensor) { (value: Int64) in Float(value) }
      case .int32: copy(source, into: tensor) { (value: Int32) in Float(value) }
      case .int16: copy(source, into: tensor) { (value: Int16) in Float(value) }
      case .int8: copy(source, into: tensor) { (value: Int8) in Float(value) }
      case .uint8, .bool: copy(source, into: tensor) { (value: UInt8) in Float(value) }
      }
    }
    return tensor
  }

  private func copy<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ source: UnsafeRawBufferPointer, into tensor: Tensor, _ convert: (Bits) -> Float
  ) {
    var (index, place) = (Array(repeating: 0, count: shape.count), offset)
    for element in 0..<tensor.count {
      let bits = source.loadUnaligned(fromByteOffset: place * MemoryLayout<Bits>.size, as: Bits.self)
      tensor[element] = convert(Bits(littleEndian: bits))
      // The next index, like the digits of a counter.
      for axis in shape.indices.reversed() {
        index[axis] += 1
        place += strides[axis]
        if index[axis] < shape[axis] { break }
        place -= shape[axis] * strides[axis]
        index[axis] = 0
      }
    }
  }
}
