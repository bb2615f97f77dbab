import WhiskerData
import WhiskerTensor
import WhiskerTraining

/// A CSV file with a row per measured picture, which appears when it is complete; a stream gets the rows as they come.
final class PredictionFile {
  private let file: AtomicFile
  private let dataset: any Dataset
  private let classNames: [String]
  private var rows = ""

  private static let bufferSize = 1 << 16

  /// Starts the file at `path` about pictures of `dataset`.
  /// - Throws: `FileError` when the folder cannot be written.
  init(_ path: String, dataset: any Dataset, classNames: [String]) throws {
    file = try AtomicFile(path, writesStreams: true)
    (self.dataset, self.classNames) = (dataset, classNames)
    let columns = ["path", "class", "predicted", "probability", "loss"]
    rows = CSV.row(columns + ClassColumns.names(classNames, beside: columns))
  }

  /// Adds a row.
  /// - Throws: `FileError` when it cannot be written.
  func add(_ judgement: Judgement) throws {
    rows += CSV.row(
      [
        dataset.name(at: judgement.index), classNames[judgement.label], classNames[judgement.predicted],
        fixed(judgement.confidence, 6), fixed(judgement.loss, 6),
      ] + judgement.probabilities.map { fixed($0, 6) })
    if rows.utf8.count >= Self.bufferSize { try flush() }
  }

  /// Puts the file in its place.
  /// - Throws: `FileError`; an old file is then untouched.
  func commit() throws {
    try flush()
    try file.commit()
  }

  private func flush() throws {
    try file.write(rows)
    rows.removeAll(keepingCapacity: true)
  }
}
