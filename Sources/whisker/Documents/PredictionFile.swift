import WhiskerCore
import WhiskerData
import WhiskerTraining

/// A CSV file with a row per evaluated picture.
final class PredictionFile {
  private let table: CSVTable
  private let dataset: any Dataset
  private let classNames: [String]

  /// Starts the file at `path`, for samples of `dataset`.
  /// - Throws: `FileError` when the folder is not writable.
  init(_ path: String, dataset: any Dataset, classNames: [String]) throws {
    (self.dataset, self.classNames) = (dataset, classNames)
    let columns = ["path", "class", "predicted", "probability", "loss"]
    table = try CSVTable(
      path, columns: columns + ClassColumns.names(classNames, beside: columns), writesStreams: true)
  }

  /// - Throws: `FileError` when the row cannot be written.
  func add(_ result: SampleResult) throws {
    try table.add(
      [
        dataset.name(at: result.index), classNames[result.label], classNames[result.predicted],
        fixed(result.confidence, 6), fixed(result.loss, 6),
      ] + result.probabilities.map { fixed($0, 6) })
  }

  /// Moves the complete file to its path.
  /// - Throws: `FileError`; an existing file is then untouched.
  func commit() throws { try table.commit() }
}
