import FoundationEssentials

/// The contents of a safetensors file, validated: every tensor lies inside the data, without gaps or overlaps.
public struct SafetensorsReader: Sendable {
  /// The `__metadata__` of the file.
  public let metadata: [String: String]
  /// The names of the tensors, sorted.
  public var names: [String] { entries.keys.sorted() }

  private let path: String
  /// The whole file.
  package let contents: FileContents
  /// The offset of the tensor data in the file.
  package let dataStart: Int
  private let entries: [String: Safetensors.Entry]

  /// Opens the file at `path`. The header is parsed; the tensors are memory-mapped and read on access.
  /// - Throws: `FileError` when the file cannot be read or is not a well-formed safetensors file.
  public init(_ path: String) throws {
    try self.init(FileContents(mapping: path), path: path)
  }

  /// Reads a file that is already in memory; `path` names it in errors.
  /// - Throws: `FileError` when the bytes are not a well-formed safetensors file.
  public init(_ bytes: [UInt8], path: String) throws {
    try self.init(FileContents(bytes), path: path)
  }

  private init(_ contents: FileContents, path: String) throws {
    if let foreign = Self.foreign(contents) {
      throw FileError(path, "is \(foreign.name), not a safetensors file", advice: foreign.advice)
    }
    guard contents.count >= 8 else {
      throw FileError(path, "is not a safetensors file: it is shorter than 8 bytes")
    }
    let length = contents.withBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard length <= UInt64(min(contents.count - 8, Safetensors.headerLimit)) else {
      throw FileError(
        path, "is not a safetensors file, or is cut short: its header would be \(length) bytes long")
    }
    dataStart = 8 + Int(length)
    let header = try contents.withBytes { try Self.header(Data($0[8..<8 + Int(length)]), path: path) }
    try Self.check(header, dataSize: contents.count - dataStart, path: path)
    self.path = path
    self.contents = contents
    metadata = header.metadata
    entries = header.entries
  }

  /// The known format of a file that is not safetensors; nil if its header could be that of a safetensors file.
  private static func foreign(_ contents: FileContents) -> FileSignature? {
    contents.withBytes { bytes in
      guard bytes.count < 9 || bytes[8] != UInt8(ascii: "{") else { return nil }
      return FileSignature.of(Array(bytes.prefix(FileSignature.headSize)))
    }
  }

  /// The shape of a tensor; nil if there is no tensor of that name.
  public func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// The element type of a tensor; nil if there is no tensor of that name.
  public func elementType(of name: String) -> Safetensors.ElementType? { entries[name]?.dtype }

  /// Calls `body` with the bytes of a tensor, little-endian and row-major.
  /// - Throws: `FileError` when there is no tensor of that name and type.
  public func withBytes<Result>(
    of name: String, type: Safetensors.ElementType, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let range = try range(of: name, type: type)
    return try contents.withBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  /// The byte range of a tensor in the file.
  /// - Throws: `FileError` when there is no tensor of that name and type.
  package func range(of name: String, type: Safetensors.ElementType) throws -> Range<Int> {
    guard let entry = entries[name] else { throw FileError(path, "has no tensor named \(name)") }
    guard entry.dtype == type else {
      throw FileError(path, "holds \(name) as \(entry.dtype.rawValue), not \(type.rawValue)")
    }
    return dataStart + entry.data_offsets[0]..<dataStart + entry.data_offsets[1]
  }

  /// Copies a float tensor into `target`, which has the same shape.
  /// - Throws: `FileError` when it is missing, of another type, or of another shape.
  public func copy(_ name: String, into target: Tensor) throws {
    try withBytes(of: name, type: .float32) { source in
      guard shape(of: name) == target.shape else {
        throw FileError(path, "holds \(name) with the shape \(shape(of: name) ?? []), not \(target.shape)")
      }
      UnsafeMutableRawPointer(target.elements).copyMemory(from: source.baseAddress!, byteCount: source.count)
    }
  }

  private static func header(_ json: Data, path: String) throws -> Safetensors.Header {
    do {
      return try JSONDecoder().decode(Safetensors.Header.self, from: json)
    } catch let error as Safetensors.UnknownElementType {
      throw FileError(
        path, "holds \(error.tensor) with the unsupported element type \(error.name)",
        advice: "Save all tensors as float32")
    } catch {
      throw FileError(path, "is not a safetensors file: its header is not valid JSON of this format")
    }
  }

  private static func check(_ header: Safetensors.Header, dataSize: Int, path: String) throws {
    var end = 0
    for (name, entry) in header.entries.sorted(by: {
      $0.value.data_offsets.lexicographicallyPrecedes($1.value.data_offsets)
    }) {
      guard entry.data_offsets.count == 2, entry.data_offsets[0] == end, entry.data_offsets[1] >= end else {
        throw FileError(path, "is damaged: tensor \(name) leaves a gap or overlaps another one")
      }
      end = entry.data_offsets[1]
      guard size(of: entry) == end - entry.data_offsets[0] else {
        throw FileError(path, "is damaged: the shape of tensor \(name) does not match its size")
      }
    }
    guard end == dataSize else {
      throw FileError(
        path, "is damaged: its header describes \(end) bytes of data, but the file holds \(dataSize)")
    }
  }

  private static func size(of entry: Safetensors.Entry) -> Int? {
    guard entry.shape.count <= Safetensors.rankLimit else { return nil }
    var size = entry.dtype.size
    for extent in entry.shape {
      guard extent >= 0 else { return nil }
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      guard !overflow else { return nil }
      size = product
    }
    return size
  }
}
