import WhiskerCore

/// Reads the pickle of a state dict (Python's pickletools.py describes the format), and runs nothing: what it may call by name
/// is in `PickleGlobal`, and means a dict or a tensor here.
struct PickleReader {
  /// The elements of tuples and lists, and the keys and values of dicts, by the place in a `PickleValue`.
  private(set) var sequences: [[PickleValue]] = []
  private(set) var dicts: [[(key: PickleValue, value: PickleValue)]] = []
  private(set) var storages: [TorchStorage] = []
  private(set) var tensors: [TorchTensor] = []

  private var cursor: ByteCursor
  private var stack: [PickleValue] = []
  /// The sizes of the stack where marks are.
  private var marks: [Int] = []
  private var memo: [UInt32: PickleValue] = [:]
  /// The number of keys and values in all dicts.
  private var dictSize = 0

  /// The most instructions, and the most keys and values. State dicts need some ten thousands.
  private static let instructionLimit = 1 << 20

  init(_ cursor: ByteCursor) { self.cursor = cursor }

  /// The offset of the byte after the pickle.
  var end: Int { cursor.offset }

  /// Reads the pickle up to its end.
  /// - Returns: Its value.
  /// - Throws: `FileError` when it is damaged, or asks for something that is no part of a state dict.
  mutating func read() throws -> PickleValue {
    for _ in 0..<Self.instructionLimit {
      let instruction = try cursor.number(UInt8.self)
      if instruction == UInt8(ascii: ".") { return try pop() }
      try perform(instruction)
    }
    throw FileError(cursor.path, "has a pickle of more than \(Self.instructionLimit) instructions")
  }

  private mutating func perform(_ instruction: UInt8) throws {
    if let value = try constant(instruction) { return stack.append(value) }
    switch UnicodeScalar(instruction) {
    case "\u{80}":
      let version = try cursor.number(UInt8.self)
      guard version <= 5 else { throw damage("its pickle has the version \(version)") }
    // The length of a frame, which only helps readers of streams.
    case "\u{95}": _ = try cursor.take(8)
    case "(": marks.append(stack.count)
    case "0": _ = try pop()
    case "1": _ = try popToMark()
    case "2": stack.append(try top())
    case "t": addTuple(try popToMark())
    case "\u{85}": addTuple([try pop()])
    case "\u{86}": addTuple(try pop(2))
    case "\u{87}": addTuple(try pop(3))
    case "l": addList(try popToMark())
    case "d": try addDict(popToMark())
    case "a", "e": try extend(instruction == UInt8(ascii: "a") ? [try pop()] : try popToMark())
    case "s", "u": try update(instruction == UInt8(ascii: "s") ? try pop(2) : try popToMark())
    case "q": memo[UInt32(try cursor.number(UInt8.self))] = try top()
    case "r": memo[try cursor.number()] = try top()
    case "\u{94}": memo[UInt32(memo.count)] = try top()
    case "h": try recall(UInt32(try cursor.number(UInt8.self)))
    case "j": try recall(try cursor.number())
    case "c": stack.append(.global(try global(module: try cursor.line(), name: try cursor.line())))
    case "\u{93}":
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else { throw misplaced }
      stack.append(.global(try global(module: module, name: name)))
    case "Q": stack.append(try storage(try pop()))
    case "R": try reduce()
    // The state of an ordered dict is the version of each module, which says nothing about tensors.
    case "b":
      _ = try pop()
      guard case .dict = try top() else { throw misplaced }
    default:
      throw FileError(
        cursor.path, "has a pickle with the instruction \(instruction), which no state dict has",
        advice: TorchFile.advice)
    }
  }

  /// The value of an instruction that only adds a constant or an empty container; nil for others.
  private mutating func constant(_ instruction: UInt8) throws -> PickleValue? {
    switch UnicodeScalar(instruction) {
    case "N": .nothing
    case "\u{88}": .bool(true)
    case "\u{89}": .bool(false)
    case "K": .integer(Int(try cursor.number(UInt8.self)))
    case "M": .integer(Int(try cursor.number(UInt16.self)))
    case "J": .integer(Int(try cursor.number(Int32.self)))
    case "\u{8A}": .integer(try longInteger(cursor.take(try cursor.number(UInt8.self))))
    case "G": .number(Double(bitPattern: (try cursor.number(UInt64.self)).byteSwapped))
    case "X", "T": .text(try cursor.text(try cursor.number(UInt32.self)))
    case "\u{8C}", "U": .text(try cursor.text(try cursor.number(UInt8.self)))
    case ")": sequence([], PickleValue.tuple)
    case "]": sequence([], PickleValue.list)
    case "}": newDict()
    default: nil
    }
  }

  private func damage(_ problem: ErrorText) -> FileError {
    FileError(cursor.path, "is damaged at byte \(cursor.offset): \(problem)")
  }

  private var misplaced: FileError { damage("its pickle uses a value where another kind is needed") }

  /// A number of any length in two's complement.
  private func longInteger(_ range: Range<Int>) throws -> Int {
    guard range.count <= MemoryLayout<Int>.size else { throw damage("its pickle has a number over 64 bits") }
    return cursor.contents.withBytes { bytes in
      let isNegative = range.last.map { bytes[$0] >= 0x80 } ?? false
      return range.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int(bytes[$1]) }
    }
  }
}

// The stack.
extension PickleReader {
  private func top() throws -> PickleValue {
    guard stack.count > marks.last ?? 0, let value = stack.last else {
      throw damage("its pickle uses a value that is not there")
    }
    return value
  }

  private mutating func pop() throws -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func pop(_ count: Int) throws -> [PickleValue] {
    try (0..<count).map { _ in try pop() }.reversed()
  }

  private mutating func popToMark() throws -> [PickleValue] {
    guard let mark = marks.popLast() else { throw damage("its pickle ends something that did not begin") }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  private mutating func recall(_ number: UInt32) throws {
    guard let value = memo[number] else { throw damage("its pickle uses a value that is not there") }
    stack.append(value)
  }
}

// Containers.
extension PickleReader {
  private mutating func sequence(_ values: [PickleValue], _ kind: (Int) -> PickleValue) -> PickleValue {
    sequences.append(values)
    return kind(sequences.count - 1)
  }

  private mutating func newDict() -> PickleValue {
    dicts.append([])
    return .dict(dicts.count - 1)
  }

  private mutating func addTuple(_ values: [PickleValue]) {
    stack.append(sequence(values, PickleValue.tuple))
  }
  private mutating func addList(_ values: [PickleValue]) { stack.append(sequence(values, PickleValue.list)) }

  private mutating func addDict(_ values: [PickleValue]) throws {
    stack.append(newDict())
    try update(values)
  }

  /// Appends to the list on top of the stack.
  private mutating func extend(_ values: [PickleValue]) throws {
    guard case .list(let index) = try top() else { throw misplaced }
    sequences[index] += values
  }

  /// Adds keys and values to the dict on top of the stack.
  private mutating func update(_ values: [PickleValue]) throws {
    guard case .dict(let index) = try top(), values.count % 2 == 0 else { throw misplaced }
    dictSize += values.count
    // A list can be made into a dict over and over again.
    guard dictSize <= Self.instructionLimit else { throw damage("its dicts are too large") }
    for place in stride(from: 0, to: values.count, by: 2) {
      dicts[index].append((key: values[place], value: values[place + 1]))
    }
  }

  /// The elements of a tuple or list; nil for other values.
  func elements(of value: PickleValue) -> [PickleValue]? {
    switch value {
    case .tuple(let index), .list(let index): sequences[index]
    default: nil
    }
  }
}

// What a state dict calls.
extension PickleReader {
  private func global(module: String, name: String) throws -> PickleGlobal {
    guard let global = PickleGlobal(module: module, name: name) else {
      throw FileError(
        cursor.path, "asks for \(module).\(name), which is no part of a state dict", advice: TorchFile.advice)
    }
    return global
  }

  /// Calls the function below the top of the stack with the tuple on top.
  private mutating func reduce() throws {
    guard let arguments = elements(of: try pop()), case .global(let global) = try pop() else {
      throw misplaced
    }
    switch global {
    case .orderedDict:
      // With arguments, the pairs of the dict are in a list.
      guard arguments.count <= 1 else { throw misplaced }
      let pairs = try arguments.first.map { try self.pairs(of: $0) } ?? []
      try addDict(pairs)
    case .rebuildTensor: stack.append(try tensor(arguments))
    case .rebuildParameter:
      guard let first = arguments.first, case .tensor = first else { throw misplaced }
      stack.append(first)
    case .storage: throw misplaced
    }
  }

  private func pairs(of list: PickleValue) throws -> [PickleValue] {
    guard let pairs = elements(of: list) else { throw misplaced }
    return try pairs.flatMap { pair in
      guard let values = elements(of: pair), values.count == 2 else { throw misplaced }
      return values
    }
  }

  /// A storage by its persistent id: ("storage", type, key, device, number of elements).
  private mutating func storage(_ id: PickleValue) throws -> PickleValue {
    guard let parts = elements(of: id), parts.count >= 5, case .text("storage") = parts[0],
      case .global(.storage(let element)) = parts[1], case .text(let key) = parts[2],
      case .integer(let count) = parts[4], count >= 0
    else { throw misplaced }
    // Until PyTorch 0.4, a storage could be a view of another one.
    if parts.count > 5, case .nothing = parts[5] {
    } else if parts.count > 5 {
      throw FileError(
        cursor.path, "holds storages that are views of others, as PyTorch wrote before version 0.4")
    }
    storages.append(TorchStorage(element: element, key: key, count: count))
    return .storage(storages.count - 1)
  }

  /// A tensor by its storage, offset, shape and strides.
  private mutating func tensor(_ arguments: [PickleValue]) throws -> PickleValue {
    guard arguments.count >= 4, case .storage(let index) = arguments[0],
      case .integer(let offset) = arguments[1],
      let shape = integers(arguments[2]), let strides = integers(arguments[3])
    else { throw misplaced }
    guard let tensor = TorchTensor(storages[index], offset: offset, shape: shape, strides: strides) else {
      throw damage("a tensor \(shape) is not inside its storage of \(storages[index].count) values")
    }
    tensors.append(tensor)
    return .tensor(tensors.count - 1)
  }

  private func integers(_ value: PickleValue) -> [Int]? {
    guard let elements = elements(of: value), elements.count <= 8 else { return nil }
    return elements.reduce(into: [Int]?.some([])) { integers, element in
      guard case .integer(let integer) = element else { return integers = nil }
      integers?.append(integer)
    }
  }
}
