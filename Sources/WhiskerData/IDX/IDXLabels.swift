import WhiskerCore

/// The labels of an IDX pair: MNIST's bytes, or the first column of QMNIST's table of integers.
/// Format: https://github.com/facebookresearch/qmnist ("idx2-int").
struct IDXLabels: Sendable {
  let file: IDXFile
  private let stride: Int
  /// The largest label.
  private(set) var largest = 0

  /// More classes than any dataset has.
  private static let limit = 1 << 20

  var count: Int { file.dimensions[0] }

  /// Reads the header of a labels file.
  /// - Throws: `FileError` when it cannot be read, or is that of another file.
  static func header(_ path: String) throws -> IDXHeader {
    let isTable = lastPart(of: path).contains("idx2-int")
    return try isTable ? IDXHeader(path, dimensionCount: 2, of: .int) : IDXHeader(path, dimensionCount: 1)
  }

  /// Reads the labels of a header.
  /// - Throws: `FileError` when they cannot be read, or are too large.
  init(_ header: IDXHeader) throws {
    let path = header.path
    file = try IDXFile(header)
    let isTable = header.element == .int
    stride = isTable ? header.element.size * header.dimensions[1] : 1
    guard isTable else {
      largest = file.withElements { Int($0.max() ?? 0) }
      return
    }
    guard count == 0 || stride > 0 else { throw FileError(path, "has no column of labels") }
    for index in 0..<count {
      guard self[index] < Self.limit else {
        throw FileError(path, "holds the label \(self[index]), over the limit of \(Self.limit)")
      }
      largest = max(largest, self[index])
    }
  }

  /// The label of a sample.
  subscript(index: Int) -> Int {
    file.withElements { elements in
      guard stride > 1 else { return Int(elements[index]) }
      let start = elements.loadUnaligned(fromByteOffset: index * stride, as: UInt32.self)
      return Int(UInt32(bigEndian: start))
    }
  }
}
