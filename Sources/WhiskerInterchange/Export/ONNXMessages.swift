import FoundationEssentials
import SwiftProtobuf

/// The element types FLOAT and INT64 of ONNX's tensors.
private let (floatType, integerType): (Int32, Int32) = (1, 7)

extension ONNXAttribute {
  /// An attribute that is a number.
  static func integer(_ name: String, _ value: Int) -> ONNXAttribute {
    .with { ($0.name, $0.type, $0.i) = (name, .int, Int64(value)) }
  }

  /// An attribute that is a fraction.
  static func float(_ name: String, _ value: Double) -> ONNXAttribute {
    .with { ($0.name, $0.type, $0.f) = (name, .float, Float(value)) }
  }

  /// An attribute that is a list of numbers.
  static func integers(_ name: String, _ values: [Int]) -> ONNXAttribute {
    .with { ($0.name, $0.type, $0.ints) = (name, .ints, values.map(Int64.init)) }
  }
}

extension ONNXTensor {
  /// A constant of floats, row-major.
  static func float(_ name: String, shape: [Int], _ values: [Float]) -> ONNXTensor {
    .with {
      $0.name = name
      $0.dims = shape.map(Int64.init)
      $0.dataType = floatType
      // The format is little-endian, as is every machine that Whisker runs on.
      $0.rawData = values.withUnsafeBytes { Data($0) }
    }
  }

  /// A constant list of integers.
  static func integers(_ name: String, _ values: [Int64]) -> ONNXTensor {
    .with {
      ($0.name, $0.dims, $0.dataType) = (name, [Int64(values.count)], integerType)
      $0.rawData = values.withUnsafeBytes { Data($0) }
    }
  }
}

extension ONNXValueInfo {
  /// A tensor of floats.
  static func float(_ name: String, _ shape: [ONNXDimension], _ meaning: String) -> ONNXValueInfo {
    .with {
      $0.name = name
      $0.docString = meaning
      $0.type.tensorType.elemType = floatType
      $0.type.tensorType.shape.dim = shape
    }
  }
}

extension ONNXDimension {
  /// The batch size, which is chosen when the model runs.
  static let batch = ONNXDimension.with { $0.dimParam = "N" }
}
