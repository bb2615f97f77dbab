/// Writes state dicts of float tensors in both of PyTorch's formats, to test and fuzz their reader.
public struct TorchFileWriter {
  public typealias Entry = (name: String, shape: [Int], values: [Float])

  private let entries: [Entry]
  /// The key of the state dict in a dict around it; nil for the state dict alone.
  private let nest: String?

  public init(_ entries: [Entry], nest: String? = nil) { (self.entries, self.nest) = (entries, nest) }

  /// A ZIP archive, as since PyTorch 1.6.
  public func archive() -> [UInt8] {
    var files = [("w/data.pkl", pickle(stateDict)), ("w/byteorder", Array("little".utf8))]
    for (key, entry) in entries.enumerated() { files.append(("w/data/\(key)", Self.bytes(entry.values))) }
    files.append(("w/version", Array("3\n".utf8)))
    return Self.zip(files)
  }

  /// A sequence of pickles, as before.
  public func pickles() -> [UInt8] {
    var bytes = pickle([0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19])
    bytes += pickle(Self.integer(1001))
    bytes += pickle([UInt8(ascii: "}")] + Self.text("little_endian") + [0x88] + Array("s".utf8))
    bytes += pickle(stateDict)
    bytes += pickle(
      Array("](".utf8) + entries.indices.flatMap { Self.text("\($0)") } + Array("e".utf8))
    for entry in entries { bytes += Self.little(UInt64(entry.values.count)) + Self.bytes(entry.values) }
    return bytes
  }

  /// A pickle of protocol 2 of one value, as instructions.
  public static func pickle(_ value: [UInt8]) -> [UInt8] { [0x80, 2] + value + Array(".".utf8) }
  private func pickle(_ value: [UInt8]) -> [UInt8] { Self.pickle(value) }

  private var stateDict: [UInt8] {
    var code = Array("ccollections\nOrderedDict\n)Rq".utf8) + [0] + Array("(".utf8)
    for (key, entry) in entries.enumerated() {
      code += Self.text(entry.name) + Array("ctorch._utils\n_rebuild_tensor_v2\n((".utf8)
      code += Self.text("storage") + Array("ctorch\nFloatStorage\n".utf8) + Self.text("\(key)")
      code += Self.text("cpu") + Self.integer(entry.values.count) + Array("tQ".utf8) + Self.integer(0)
      code += Self.tuple(entry.shape)
      code += Self.tuple(entry.shape.indices.map { entry.shape[($0 + 1)...].reduce(1, *) })
      code += [0x89] + Array("ccollections\nOrderedDict\n)RtR".utf8)
    }
    code += Array("u}b".utf8)
    guard let nest else { return code }
    return Array("}".utf8) + Self.text("epoch") + Self.integer(3) + Array("s".utf8) + Self.text(nest) + code
      + Array("s".utf8)
  }

  private static func tuple(_ values: [Int]) -> [UInt8] {
    Array("(".utf8) + values.flatMap(integer) + Array("t".utf8)
  }

  private static func integer(_ value: Int) -> [UInt8] {
    value < 256 ? [UInt8(ascii: "K"), UInt8(value)] : [UInt8(ascii: "J")] + little(UInt32(value))
  }

  private static func text(_ text: String) -> [UInt8] {
    [UInt8(ascii: "X")] + little(UInt32(text.utf8.count)) + Array(text.utf8)
  }

  private static func bytes(_ values: [Float]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

  private static func little(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  /// Files as a ZIP archive without compression and checksums.
  public static func zip(_ files: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    var (archive, directory): ([UInt8], [UInt8]) = ([], [])
    for (name, bytes) in files {
      let sizes = little(UInt32(bytes.count)) + little(UInt32(bytes.count))
      let common =
        [0, 0, 0, 0, 0, 0, 0x21, 0, 0, 0, 0, 0] + sizes + little(UInt16(name.utf8.count)) + [0, 0]
      directory += [0x50, 0x4B, 1, 2, 0, 0, 0, 0] + common + [UInt8](repeating: 0, count: 10)
      directory += little(UInt32(archive.count)) + Array(name.utf8)
      archive += [0x50, 0x4B, 3, 4, 0, 0] + common + Array(name.utf8) + bytes
    }
    let count = little(UInt16(files.count))
    return archive + directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count
      + little(UInt32(directory.count)) + little(UInt32(archive.count)) + [0, 0]
  }
}
