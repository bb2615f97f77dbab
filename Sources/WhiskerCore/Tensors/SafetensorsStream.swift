/// Writes a safetensors file whose tensors do not fit into memory, or whose number of rows is known only at the end: it
/// reserves space for the header, streams the data, and writes the header last.
package final class SafetensorsStream {
  /// The name, element type and shape of a tensor.
  package struct TensorLayout {
    package let name: String
    package let type: Safetensors.ElementType
    package let shape: [Int]

    package init(_ name: String, _ type: Safetensors.ElementType, _ shape: [Int]) {
      (self.name, self.type, self.shape) = (name, type, shape)
    }

    fileprivate var size: Int { shape.reduce(type.size, *) }
  }

  private let path: String
  private let file: AtomicFile
  private let headerSize: Int
  private var dataSize = 0

  /// The current length of the file in bytes.
  package var size: Int { headerSize + dataSize }

  /// Starts the file that appears at `path` when `commit` is called.
  /// - Parameter headerSize: The bytes reserved for the header and its length, a multiple of 8.
  /// - Throws: `FileError` when the folder is not writable or the header is too large.
  package init(_ path: String, headerSize: Int) throws {
    precondition(headerSize % 8 == 0, "the header's size must be a multiple of 8")
    guard headerSize <= Safetensors.headerLimit else {
      throw FileError(
        path, "cannot be written: its header would be over the limit of \(Safetensors.headerLimit) bytes")
    }
    (self.path, self.headerSize) = (path, headerSize)
    file = try AtomicFile(path)
    try file.skip(headerSize)
  }

  /// Appends tensor data.
  /// - Throws: `FileError`, for example when the disk is full.
  package func write(_ bytes: UnsafeRawBufferPointer) throws {
    try file.write(bytes)
    dataSize += bytes.count
  }

  /// Writes the header, flushes the file and renames it to its path.
  /// - Parameter tensors: The tensors written, in order.
  /// - Throws: `FileError`; an existing file at the path is then unchanged.
  package func commit(metadata: [String: String], tensors: [TensorLayout]) throws {
    precondition(tensors.reduce(0) { $0 + $1.size } == dataSize, "the tensors must cover all written bytes")
    var header = Safetensors.Header()
    header.metadata = metadata
    var offset = 0
    for tensor in tensors {
      let end = offset + tensor.size
      header.entries[tensor.name] = .init(
        dtype: tensor.type, shape: tensor.shape, data_offsets: [offset, end])
      offset = end
    }
    let bytes = try header.encoded(alignment: headerSize)
    guard bytes.count == headerSize else {
      throw FileError(
        path, "cannot be written: its header needs \(bytes.count) bytes, but \(headerSize) are reserved")
    }
    try bytes.withUnsafeBytes { try file.write($0, at: 0) }
    try file.commit()
  }
}
