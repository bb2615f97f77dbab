/// Collects tensors and writes them to one safetensors file, sorted by name.
public struct SafetensorsWriter {
  private enum Contents {
    case floats(Tensor)
    case bytes([UInt8])
    case stored(FileContents, Range<Int>, Safetensors.ElementType, [Int])

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
      switch self {
      case .stored(let contents, let range, _, _):
        try contents.withBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
      case .floats(let tensor):
        try body(UnsafeRawBufferPointer(UnsafeBufferPointer(start: tensor.elements, count: tensor.count)))
      case .bytes(let bytes): try bytes.withUnsafeBytes(body)
      }
    }

    var type: Safetensors.ElementType {
      switch self {
      case .floats: .float32
      case .bytes: .uint8
      case .stored(_, _, let type, _): type
      }
    }

    var shape: [Int] {
      switch self {
      case .floats(let tensor): tensor.shape
      case .bytes(let bytes): [bytes.count]
      case .stored(_, _, _, let shape): shape
      }
    }
  }

  /// Whether to write to a device or FIFO at the path. Set it only for a path given by the user.
  public var writesStreams = false

  private var header = Safetensors.Header()
  private var contents: [String: Contents] = [:]

  /// Starts a file with `metadata` and no tensors.
  public init(metadata: [String: String]) { header.metadata = metadata }

  /// Adds a tensor. Its name must be unique.
  public mutating func add(_ name: String, _ tensor: Tensor) { add(name, .floats(tensor)) }

  /// Adds bytes as a one-dimensional tensor. Its name must be unique.
  public mutating func add(_ name: String, _ bytes: [UInt8]) { add(name, .bytes(bytes)) }

  /// Adds a tensor of another file, from which it is copied when this one is written. Its name must be unique.
  package mutating func add(_ name: String, from file: SafetensorsReader, named stored: String) {
    guard let type = file.elementType(of: stored), let shape = file.shape(of: stored),
      let range = try? file.range(of: stored, type: type)
    else { preconditionFailure("the file must have the tensor") }
    add(name, .stored(file.contents, range, type, shape))
  }

  private mutating func add(_ name: String, _ added: Contents) {
    precondition(contents[name] == nil, "tensor names must be unique")
    contents[name] = added
  }

  /// Writes the file to `path` atomically. The same tensors and metadata give the same bytes.
  /// - Throws: `FileError`; an existing file at the path is then unchanged.
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
