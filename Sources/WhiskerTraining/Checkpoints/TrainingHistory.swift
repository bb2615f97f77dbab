import Glibc
import WhiskerCore

/// The epochs and validations of a training, one per line of `history.jsonl`.
///
/// A checkpoint holds the number of valid lines. Later lines were written by a process that was killed before its
/// next checkpoint.
struct TrainingHistory {
  /// A line.
  private struct Entry: Codable {
    var epoch: EpochReport?
    var validation: EpochReport?

    var step: Int { (epoch ?? validation)?.step ?? 0 }
  }

  private var file = GrowingFile(isFlushed: true)
  private var (epochs, validations) = (0, 0)

  /// Appends what the file does not hold yet.
  /// - Throws: `FileError` when it cannot be written.
  mutating func write(_ state: TrainingState, to path: String) throws {
    let text = try Self.text(state.epochs[epochs...], state.validations[validations...])
    guard !text.isEmpty else { return }
    try file.append(text, to: path) { try Self.text(state.epochs[...], state.validations[...]) }
    (epochs, validations) = (state.epochs.count, state.validations.count)
  }

  /// Adds the epochs and validations to a state.
  /// - Throws: `FileError` when the file does not hold them.
  static func read(_ path: String, into state: inout TrainingState, epochs: Int, validations: Int) throws {
    guard epochs + validations > 0 else { return }
    let text = String(decoding: try FileBytes.read(path, limit: 1 << 30, followsLinks: false), as: UTF8.self)
    let lines = text.split(separator: "\n").prefix(epochs + validations)
    for line in lines {
      let entry = try? StableJSON.decode(Entry.self, from: String(line))
      if let report = entry?.epoch { state.append(epoch: report) }
      if let report = entry?.validation { state.append(validation: report) }
    }
    guard state.epochs.count == epochs, state.validations.count == validations else {
      throw FileError(
        path, "does not hold the epochs that the last checkpoint counts: it is damaged",
        advice: "Start a new run")
    }
  }

  private static func text(_ epochs: ArraySlice<EpochReport>, _ validations: ArraySlice<EpochReport>) throws
    -> String
  {
    let entries = epochs.map { Entry(epoch: $0.untimed) } + validations.map { Entry(validation: $0.untimed) }
    return try entries.sorted { $0.step < $1.step }.map { try StableJSON.line($0) + "\n" }.joined()
  }
}
