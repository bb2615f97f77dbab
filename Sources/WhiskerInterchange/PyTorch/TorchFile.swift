import WhiskerCore

/// The tensors of a state dict that `torch.save` wrote: a ZIP archive, or before PyTorch 1.6 a sequence of pickles. Nothing in
/// the file is run.
package struct TorchFile: Sendable {
  /// The names of the tensors, in the order of the state dict.
  package let names: [String]

  private let path: String
  private let contents: FileContents
  private let tensors: [String: TorchTensor]
  /// The storages in the file, by their keys.
  private let ranges: [String: Range<Int>]

  static let advice: ErrorText = "Save the state dict alone: torch.save(model.state_dict(), \"weights.pth\")"

  /// What a sequence of pickles starts with: the protocol and PyTorch's magic number.
  private static let magic: [UInt8] = [
    0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
  ]

  /// Whether a file with these contents is one that PyTorch wrote.
  package static func recognizes(_ contents: FileContents) -> Bool {
    contents.withBytes { bytes in
      bytes.starts(with: magic)
        || bytes.starts(with: "PK\u{3}\u{4}".utf8)
          && bytes.prefix(FileSignature.headSize).firstRange(of: "data.pkl".utf8) != nil
    }
  }

  /// Reads the names, shapes and places of the tensors. Their values are read on access.
  /// - Throws: `FileError` when the file is damaged, or holds anything but tensors, dicts, tuples, lists, numbers and texts.
  package init(_ contents: FileContents, path: String) throws {
    (self.contents, self.path) = (contents, path)
    let isPickles = contents.withBytes { $0.starts(with: Self.magic) }
    let (value, pickle, ranges) = try isPickles ? Self.pickles(contents, path) : Self.archive(contents, path)
    let entries = try Self.stateDict(value, pickle, path)
    names = entries.map(\.name)
    tensors = Dictionary(entries) { $1 }
    self.ranges = ranges
    guard tensors.count == names.count else { throw FileError(path, "holds two tensors of the same name") }
    for (name, tensor) in tensors {
      let storage = tensor.storage
      guard let range = ranges[storage.key], storage.count <= range.count / storage.element.size else {
        throw FileError(path, "is damaged: the values of \(name) are missing or cut short")
      }
    }
  }

  /// The shape of a tensor; nil if there is no tensor of that name.
  package func shape(of name: String) -> [Int]? { tensors[name]?.shape }

  /// The values of a tensor.
  /// - Throws: `FileError` when there is none of that name.
  package func tensor(_ name: String) throws -> Tensor {
    guard let tensor = tensors[name], let range = ranges[tensor.storage.key] else {
      throw FileError(path, "has no tensor named \(name)")
    }
    return tensor.values(in: contents, range)
  }

  private typealias Contents = (value: PickleValue, PickleReader, ranges: [String: Range<Int>])

  /// Reads an archive: `data.pkl`, and a file in `data` for each storage.
  private static func archive(_ contents: FileContents, _ path: String) throws -> Contents {
    let files = Dictionary(
      try ZipDirectory(contents, path: path).entries.map { ($0.name, $0.range) }, uniquingKeysWith: { $1 })
    guard let name = files.keys.filter({ $0.hasSuffix("/data.pkl") }).min(), let range = files[name] else {
      throw FileError(path, "is a ZIP archive in which no data.pkl of PyTorch is stored")
    }
    let folder = name.dropLast("data.pkl".count)
    if let order = files["\(folder)byteorder"] {
      var cursor = ByteCursor(contents, path: path, order)
      guard try cursor.text(order.count) == "little" else {
        throw FileError(path, "was written on a machine with another byte order")
      }
    }
    var reader = PickleReader(ByteCursor(contents, path: path, range))
    let value = try reader.read()
    let prefix = "\(folder)data/"
    let storages = files.filter { $0.key.hasPrefix(prefix) }.map {
      (String($0.key.dropFirst(prefix.count)), $0.value)
    }
    return (value, reader, Dictionary(storages) { $1 })
  }

  /// Reads a sequence of pickles: the magic number, the version, the machine, the state dict and the keys of the storages,
  /// which follow one after the other.
  private static func pickles(_ contents: FileContents, _ path: String) throws -> Contents {
    var offset = 0
    func next() throws -> (PickleValue, PickleReader) {
      var reader = PickleReader(ByteCursor(contents, path: path, offset..<contents.count))
      let value = try reader.read()
      offset = reader.end
      return (value, reader)
    }
    offset = magic.count
    guard case (.integer(1001), _) = try next() else {
      throw FileError(path, "has a version of PyTorch's format that is not known here")
    }
    let (machine, facts) = try next()
    if case .bool(false)? = facts.value(of: "little_endian", in: machine) {
      throw FileError(path, "was written on a machine with another byte order")
    }
    let (value, reader) = try next()
    let (list, keyReader) = try next()
    let elements = Dictionary(reader.storages.map { ($0.key, $0) }) { $1 }
    var cursor = ByteCursor(contents, path: path, offset..<contents.count)
    var ranges: [String: Range<Int>] = [:]
    for key in keyReader.elements(of: list) ?? [] {
      guard case .text(let key) = key, let storage = elements[key],
        Int(exactly: try cursor.number(Int64.self)) == storage.count
      else {
        throw FileError(path, "is damaged: its values are not those of its tensors")
      }
      let (size, overflow) = storage.count.multipliedReportingOverflow(by: storage.element.size)
      ranges[key] = try cursor.take(overflow ? -1 : size)
    }
    return (value, reader, ranges)
  }

  /// The names under which checkpoints keep the state dict.
  private static let nests = ["state_dict", "model", "model_state_dict"]

  private static func stateDict(_ value: PickleValue, _ pickle: PickleReader, _ path: String) throws -> [(
    name: String, TorchTensor
  )] {
    let nested = nests.lazy.compactMap { pickle.value(of: $0, in: value) }.first { pickle.isDict($0) }
    guard case .dict(let index) = nested ?? value else {
      throw FileError(path, "holds no state dict", advice: advice)
    }
    return try pickle.dicts[index].map { entry in
      guard case .text(let name) = entry.key, case .tensor(let index) = entry.value else {
        let name = if case .text(let name) = entry.key { name } else { "a number" }
        throw FileError(path, "holds \(name), which is not a tensor, in its state dict", advice: advice)
      }
      return (name, pickle.tensors[index])
    }
  }
}

extension PickleReader {
  /// The value of a key in a dict; nil if there is none, or it is not a dict.
  fileprivate func value(of key: String, in value: PickleValue) -> PickleValue? {
    guard case .dict(let index) = value else { return nil }
    return dicts[index].last { if case .text(key) = $0.key { true } else { false } }?.value
  }

  fileprivate func isDict(_ value: PickleValue) -> Bool { if case .dict = value { true } else { false } }
}
