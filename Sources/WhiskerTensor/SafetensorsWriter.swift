/// Collects tensors and writes them as one safetensors file, in the order of their names.
public struct SafetensorsWriter {
  private enum Contents {
    case floats(Tensor)
    case bytes([UInt8])

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
      switch self {
      case .floats(let tensor):
        try body(UnsafeRawBufferPointer(UnsafeBufferPointer(start: tensor.elements, count: tensor.count)))
      case .bytes(let bytes): try bytes.withUnsafeBytes(body)
      }
    }

    var type: Safetensors.ElementType {
      switch self {
      case .floats: .float32
      case .bytes: .uint8
      }
    }

    var shape: [Int] {
      switch self {
      case .floats(let tensor): tensor.shape
      case .bytes(let bytes): [bytes.count]
      }
    }
  }

  /// Whether a device or a FIFO at the path of the file is written to; only for a path that the user has named.
  public var writesStreams = false

  private var header = Safetensors.Header()
  private var contents: [String: Contents] = [:]

  /// A file without tensors that carries `metadata`.
  public init(metadata: [String: String]) { header.metadata = metadata }

  /// Adds a tensor under a name that is not yet taken.
  public mutating func add(_ name: String, _ tensor: Tensor) { add(name, .floats(tensor)) }

  /// Adds bytes, as a tensor of one dimension, under a name that is not yet taken.
  public mutating func add(_ name: String, _ bytes: [UInt8]) { add(name, .bytes(bytes)) }

  private mutating func add(_ name: String, _ added: Contents) {
    precondition(contents[name] == nil, "a tensor's name is unique")
    contents[name] = added
  }

  /// Writes the file at `path`, atomically. The same tensors and metadata give the same bytes.
  /// - Throws: `FileError`; an old file at the path is then untouched.
  public func write(to path: String) throws {
    let named = contents.sorted { $0.key < $1.key }
    let file = try AtomicFile(path, writesStreams: writesStreams)
    try encodedHeader(named).withUnsafeBytes { try file.write($0) }
    for (_, contents) in named { try contents.withBytes { try file.write($0) } }
    try file.commit()
  }

  private func encodedHeader(_ named: [(key: String, value: Contents)]) throws -> [UInt8] {
    var header = header
    var offset = 0
    for (name, contents) in named {
      let end = offset + contents.withBytes(\.count)
      header.entries[name] = .init(dtype: contents.type, shape: contents.shape, data_offsets: [offset, end])
      offset = end
    }
    return try header.encoded(alignment: 8)
  }
}
