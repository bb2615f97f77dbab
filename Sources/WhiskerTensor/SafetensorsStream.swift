/// Writes a safetensors file whose tensors are longer than memory, or whose number of rows is known only at the end:
/// room is left for the header, the bytes follow, and the header comes last.
package final class SafetensorsStream {
  /// What the bytes that were written are.
  package struct TensorLayout {
    let name: String
    let type: Safetensors.ElementType
    let shape: [Int]

    package init(_ name: String, _ type: Safetensors.ElementType, _ shape: [Int]) {
      (self.name, self.type, self.shape) = (name, type, shape)
    }

    fileprivate var size: Int { shape.reduce(type.size, *) }
  }

  private let path: String
  private let file: AtomicFile
  private let headerRoom: Int
  private var dataSize = 0

  /// The length of the file so far, in bytes.
  package var size: Int { headerRoom + dataSize }

  /// Starts the file that will appear at `path` when `commit` is called.
  /// - Parameter headerRoom: The bytes to leave for the header and its length, a multiple of eight.
  /// - Throws: `FileError` when the folder cannot be written.
  package init(_ path: String, headerRoom: Int) throws {
    precondition(headerRoom % 8 == 0, "the data of a safetensors file is aligned")
    guard headerRoom <= Safetensors.headerLimit else {
      throw FileError(
        path, "cannot be written: its header would be over the limit of \(Safetensors.headerLimit) bytes")
    }
    (self.path, self.headerRoom) = (path, headerRoom)
    file = try AtomicFile(path)
    try file.skip(headerRoom)
  }

  /// Appends bytes of the tensors.
  /// - Throws: `FileError`, for a full disk among other things.
  package func write(_ bytes: UnsafeRawBufferPointer) throws {
    try file.write(bytes)
    dataSize += bytes.count
  }

  /// Writes the header, flushes everything and puts the file in its place.
  /// - Parameter tensors: What was written, in order.
  /// - Throws: `FileError`; an old file at the path is then untouched.
  package func commit(metadata: [String: String], tensors: [TensorLayout]) throws {
    precondition(tensors.reduce(0) { $0 + $1.size } == dataSize, "the header tells of every byte")
    var header = Safetensors.Header()
    header.metadata = metadata
    var offset = 0
    for tensor in tensors {
      let end = offset + tensor.size
      header.entries[tensor.name] = .init(
        dtype: tensor.type, shape: tensor.shape, data_offsets: [offset, end])
      offset = end
    }
    let bytes = try header.encoded(alignment: headerRoom)
    guard bytes.count == headerRoom else {
      throw FileError(
        path, "cannot be written: its header of \(bytes.count) bytes does not fit the room left for it")
    }
    try bytes.withUnsafeBytes { try file.write($0, at: 0) }
    try file.commit()
  }
}
