import WhiskerData
import WhiskerNN
import WhiskerCore

/// Models whose predictions are averaged, in one file: like a single model's, except that the weights of member i are called
/// `members.i.` and so on, and that the metadata holds the number of members.
extension Model {
  /// The format's version. A Whisker without ensembles refuses it.
  static let ensembleVersion = "2"
  /// The maximum number of members.
  package static let memberLimit = 1000

  static func memberCount(_ tensors: SafetensorsReader, _ version: String, _ path: String) throws -> Int? {
    guard version == ensembleVersion else { return nil }
    guard let count = tensors.metadata[Key.members].flatMap({ Int($0) }), (1...memberLimit).contains(count)
    else {
      throw FileError(path, "is damaged: its \(Key.members) cannot be read")
    }
    return count
  }

  /// The networks of an ensemble, or the only one.
  /// - Throws: `FileError` when the weights do not fit the network, or memory does not suffice for all of them.
  public func members(capacity: Int, pool: ComputePool) throws -> [Network] {
    guard let memberCount else { return [try network(capacity: capacity, pool: pool)] }
    let memory = try? NetworkMemory(
      specification, input: inputShape, classCount: classNames.count, capacity: capacity,
      threads: pool.threads,
      isTrained: false)
    guard (memory?.need ?? 0) <= MemoryBudget.available / memberCount else {
      throw FileError(path, "cannot be used here: its \(memberCount) networks do not fit into memory")
    }
    return try (0..<memberCount).map {
      try network(capacity: capacity, pool: pool, prefix: Self.prefix(ofMember: $0))
    }
  }

  static func prefix(ofMember index: Int) -> String { "members.\(index)." }

  /// Writes models with the same network as an ensemble, atomically.
  /// - Parameter summary: The summary of their trainings.
  /// - Parameter temperature: The temperature of the mean; nil if none is known.
  /// - Throws: `FileError` when a member is damaged, or the file cannot be written.
  public static func write(
    ensemble models: [Model], summary: TrainingSummary, temperature: TemperatureScaling? = nil,
    to path: String
  ) throws {
    precondition(!models.isEmpty && models.count <= memberLimit, "an ensemble has members")
    let first = models[0]
    var metadata = try metadata(
      first.specification, first.classNames, first.preprocessing, summary, temperature)
    metadata[Key.version] = ensembleVersion
    metadata[Key.members] = "\(models.count)"
    var writer = SafetensorsWriter(metadata: metadata)
    for (index, model) in models.enumerated() {
      try model.add(to: &writer, prefix: prefix(ofMember: index))
    }
    try writer.write(to: path)
  }
}
