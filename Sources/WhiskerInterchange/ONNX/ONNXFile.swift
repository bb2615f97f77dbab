import WhiskerCore

/// The graph of an ONNX model: its nodes and constants, of which the values stay in the file. The numbers of the fields are those of
/// https://onnx.ai/onnx/repo-docs/IR.html.
struct ONNXFile {
  /// An operator that is applied.
  struct Operation {
    var name = ""
    var type = ""
    var inputs: [String] = []
    var outputs: [String] = []
    var attributes: [String: Attribute] = [:]

    /// Whether it moves the channels of pictures before their rows.
    var isTranspositionOfPictures: Bool {
      if type == "Transpose", case .integers([0, 3, 1, 2])? = attributes["perm"] { true } else { false }
    }
  }

  /// A constant that an operator is set up with.
  enum Attribute {
    case float(Double)
    case integers([Int])
    case text(String)
    case tensor(Constant)
  }

  /// A constant tensor.
  struct Constant {
    var shape: [Int] = []
    var type = 1
    var values: Range<Int>?
    /// The values of a tensor of integers that has them as such.
    var integers: [Int] = []
    var isElsewhere = false
  }

  let path: String
  let contents: FileContents
  private(set) var nodes: [Operation] = []
  private(set) var constants: [String: Constant] = [:]
  /// The name and the extents of the input; 0 for an extent that is not fixed.
  private(set) var input: (name: String, extents: [Int]) = ("", [])
  private(set) var output = ""
  private(set) var producer = ""
  private(set) var metadata: [String: String] = [:]
  private let budget: Budget

  /// The values that may still be read. Many nodes can name the same constant, which must not multiply the memory.
  private final class Budget {
    var rest: Int
    init(_ rest: Int) { self.rest = rest }
  }

  /// Whether Whisker exported it.
  var isOwn: Bool { producer == "whisker" }

  /// Whether the input is `[N, height, width, channels]` and transposed at once.
  var hasChannelsLast: Bool {
    input.extents.count == 4 && ![1, 3].contains(input.extents[1]) && [1, 3].contains(input.extents[3])
      && nodes.contains { $0.inputs == [input.name] && $0.isTranspositionOfPictures }
  }

  /// Whether a file with these contents is an ONNX model.
  static func recognizes(_ contents: FileContents) -> Bool {
    let head = contents.withBytes { Array($0.prefix(FileSignature.headSize)) }
    return FileSignature.of(head)?.name == "an ONNX model"
  }

  /// - Throws: `FileError` when it is damaged, or has more than one input or output.
  init(_ contents: FileContents, path: String) throws {
    (self.contents, self.path) = (contents, path)
    // Each value has at least a byte, and few are needed more than once.
    budget = Budget(2 * contents.count)
    var graph: ProtobufMessage?
    let model = ProtobufMessage(contents: contents, path: path, range: 0..<contents.count)
    try model.forEachField { field, value in
      guard case .bytes(let range) = value else { return }
      if field == 2 { producer = model.text(range) }
      if field == 7 { graph = model.message(range) }
      if field == 14 {
        let (key, value) = try Self.metadata(model.message(range))
        metadata[key] = value
      }
    }
    guard let graph else { throw FileError(path, "is not an ONNX model: it holds no graph") }
    var (inputs, outputs): ([(name: String, extents: [Int])], [String]) = ([], [])
    try graph.forEachField { field, value in
      guard case .bytes(let range) = value else { return }
      let message = graph.message(range)
      switch field {
      case 1: nodes.append(try Self.operation(message))
      case 5:
        let (name, constant) = try Self.constant(message)
        constants[name] = constant
      case 11: inputs.append(try Self.valueInfo(message))
      case 12: outputs.append(try Self.valueInfo(message).name)
      default: break
      }
    }
    resolveConstants()
    // Until version 3 of the format, constants were inputs, too.
    inputs.removeAll { constants[$0.name] != nil }
    guard inputs.count == 1, outputs.count == 1 else {
      throw FileError(
        path,
        "cannot be imported: it has \(counted(inputs.count, "input")) and \(counted(outputs.count, "output"))"
      )
    }
    (input, output) = (inputs[0], outputs[0])
  }

  /// Replaces nodes that only give a constant, or another name to one, by the constant.
  private mutating func resolveConstants() {
    nodes.removeAll { node in
      guard let name = node.outputs.first else { return false }
      switch node.type {
      case "Constant":
        if case .tensor(let constant)? = node.attributes["value"] { constants[name] = constant }
      case "Identity": constants[name] = node.inputs.first.flatMap { constants[$0] }
      default: return false
      }
      return constants[name] != nil
    }
  }

  private static func metadata(_ message: ProtobufMessage) throws -> (key: String, value: String) {
    var texts = ["", ""]
    try message.forEachField { field, value in
      if case .bytes(let range) = value, (1...2).contains(field) { texts[field - 1] = message.text(range) }
    }
    return (texts[0], texts[1])
  }

  private static func operation(_ message: ProtobufMessage) throws -> Operation {
    var node = Operation()
    try message.forEachField { field, value in
      guard case .bytes(let range) = value else { return }
      switch field {
      case 1: node.inputs.append(message.text(range))
      case 2: node.outputs.append(message.text(range))
      case 3: node.name = message.text(range)
      case 4: node.type = message.text(range)
      case 5:
        let (name, attribute) = try self.attribute(message.message(range))
        node.attributes[name] = attribute
      default: break
      }
    }
    return node
  }

  private static func attribute(_ message: ProtobufMessage) throws -> (String, Attribute?) {
    var (name, attribute): (String, Attribute?) = ("", nil)
    var integers: [Int] = []
    try message.forEachField { field, value in
      switch (field, value) {
      case (1, .bytes(let range)): name = message.text(range)
      case (2, .fixed32(let bits)): attribute = .float(Double(Float(bitPattern: bits)))
      case (3, _), (8, _): integers += try message.integers(value)
      case (4, .bytes(let range)): attribute = .text(message.text(range))
      case (5, .bytes(let range)): attribute = .tensor(try constant(message.message(range)).constant)
      default: break
      }
    }
    return (name, attribute ?? .integers(integers))
  }

  private static func constant(_ message: ProtobufMessage) throws -> (name: String, constant: Constant) {
    var (name, constant) = ("", Constant())
    try message.forEachField { field, value in
      switch (field, value) {
      case (1, _): constant.shape += try message.integers(value)
      case (2, .varint(let type)): constant.type = Int(truncatingIfNeeded: type)
      case (4, .bytes(let range)), (9, .bytes(let range)), (10, .bytes(let range)): constant.values = range
      case (5, _), (7, _): constant.integers += try message.integers(value)
      case (8, .bytes(let range)): name = message.text(range)
      case (13, _), (14, .varint(1)): constant.isElsewhere = true
      default: break
      }
    }
    return (name, constant)
  }

  /// The name of an input or output, and its extents.
  private static func valueInfo(_ message: ProtobufMessage) throws -> (name: String, extents: [Int]) {
    var (name, extents): (String, [Int]) = ("", [])
    try message.forEachField { field, value in
      guard case .bytes(let range) = value else { return }
      if field == 1 { name = message.text(range) }
      guard field == 2 else { return }
      // The type of a tensor, its shape, and each dimension are messages inside each other.
      try message.message(range).forEachField(1) { tensor in
        try tensor.forEachField(2) { shape in
          try shape.forEachField(1) { dimension in
            var extent = 0
            try dimension.forEachField { field, value in
              if field == 1, case .varint(let size) = value { extent = Int(truncatingIfNeeded: size) }
            }
            extents.append(extent)
          }
        }
      }
    }
    return (name, extents)
  }
}

extension ProtobufMessage {
  /// Calls `body` with each message in the fields of one number.
  fileprivate func forEachField(_ number: Int, _ body: (ProtobufMessage) throws -> Void) throws {
    try forEachField { field, value in
      if field == number, case .bytes(let range) = value { try body(message(range)) }
    }
  }
}

// The values of constants.
extension ONNXFile {
  /// A constant as a tensor of floats.
  /// - Throws: `FileError` when there is none of that name, or its values are missing.
  func tensor(_ name: String) throws -> Tensor {
    guard let constant = constants[name] else { throw FileError(path, "has no constant named \(name)") }
    guard !constant.isElsewhere else {
      throw FileError(
        path, "keeps its weights in another file",
        advice: "Save it as one file: onnx.save(onnx.load(FILE), \"model.onnx\")")
    }
    budget.rest -= constant.integers.count + (constant.values?.count ?? 0)
    guard budget.rest >= 0 else {
      throw FileError(path, "cannot be imported: its nodes use the same constants too often")
    }
    let types: [Int: TorchElement] = [
      1: .float32, 2: .uint8, 3: .int8, 5: .int16, 6: .int32, 7: .int64, 9: .bool, 10: .float16, 11: .float64,
      16: .bfloat16,
    ]
    guard let element = types[constant.type] else {
      throw FileError(path, "holds \(name) with the element type \(constant.type), which is not read")
    }
    guard constant.shape.allSatisfy({ $0 >= 0 }) else { throw damage(name) }
    if !constant.integers.isEmpty {
      guard constant.integers.count == constant.shape.reduce(1, { saturatingMultiply($0, $1) }) else {
        throw damage(name)
      }
      return Tensor(shape: constant.shape, values: constant.integers.map { Self.number($0, element) })
    }
    let range = constant.values ?? 0..<0
    let storage = TorchStorage(element: element, key: "", count: range.count / element.size)
    guard constant.shape.reduce(1, { saturatingMultiply($0, $1) }) == storage.count,
      let view = TorchTensor(contiguous: storage, shape: constant.shape)
    else { throw damage(name) }
    return view.values(in: contents, range)
  }

  /// The number that an integer of `int32_data` or `int64_data` stands for: floats of 16 bits are their bits.
  private static func number(_ integer: some BinaryInteger, _ element: TorchElement) -> Float {
    switch element {
    case .float16: Float(Float16(bitPattern: UInt16(truncatingIfNeeded: integer)))
    case .bfloat16: Float(bitPattern: UInt32(truncatingIfNeeded: integer) << 16)
    default: Float(integer)
    }
  }

  private func damage(_ name: String) -> FileError {
    FileError(path, "is damaged: the shape of \(name) does not match its values")
  }

  private func saturatingMultiply(_ one: Int, _ other: Int) -> Int {
    let (product, overflow) = one.multipliedReportingOverflow(by: other)
    return overflow ? Int.max : product
  }
}

extension TorchTensor {
  /// A whole storage in row-major order.
  fileprivate init?(contiguous storage: TorchStorage, shape: [Int]) {
    var (strides, stride): ([Int], Int) = ([], 1)
    for extent in shape.reversed() {
      strides.append(stride)
      stride = stride &* max(1, extent)
    }
    self.init(storage, offset: 0, shape: shape, strides: strides.reversed())
  }
}
