/// Collects tensors and writes them as one safetensors file, in the order of their names.
public struct SafetensorsWriter {
  private var header = Safetensors.Header()
  private var tensors: [String: Tensor] = [:]

  /// A file without tensors that carries `metadata`.
  public init(metadata: [String: String]) { header.metadata = metadata }

  /// Adds a tensor under a name that is not yet taken.
  public mutating func add(_ name: String, _ tensor: Tensor) {
    precondition(tensors[name] == nil, "a tensor's name is unique")
    tensors[name] = tensor
  }

  /// Writes the file at `path`, atomically. The same tensors and metadata give the same bytes.
  /// - Throws: `FileError`; an old file at the path is then untouched.
  public func write(to path: String) throws {
    let names = tensors.keys.sorted()
    let file = try AtomicFile(path)
    try encodedHeader(names).withUnsafeBytes { try file.write($0) }
    for name in names {
      guard let tensor = tensors[name] else { continue }
      try file.write(UnsafeRawBufferPointer(UnsafeBufferPointer(start: tensor.elements, count: tensor.count)))
    }
    try file.commit()
  }

  private func encodedHeader(_ names: [String]) throws -> [UInt8] {
    var header = header
    var offset = 0
    for name in names {
      guard let tensor = tensors[name] else { continue }
      let end = offset + tensor.count * MemoryLayout<Float>.stride
      header.entries[name] = .init(dtype: .float32, shape: tensor.shape, data_offsets: [offset, end])
      offset = end
    }
    return try header.encoded(alignment: 8)
  }
}
