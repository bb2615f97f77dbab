import WhiskerData
import WhiskerCore

/// The split of a run: the names of its training and validation samples.
public enum SplitFile {
  private static let header = ["path", "class", "split"]

  /// Writes the file at `path`, atomically.
  /// - Throws: `FileError` when it cannot be written.
  static func write(training: SampleSet, validation: SampleSet, to path: String) throws {
    let file = try AtomicFile(path)
    try file.write(CSV.row(header))
    try write(training, .training, to: file)
    try write(validation, .validation, to: file)
    try file.commit()
  }

  /// The names of the samples in a split of a run.
  /// - Throws: `FileError` when the file cannot be read or is no split.
  public static func names(of part: DataSource.Split, in path: String) throws -> Set<String> {
    var names: Set<String> = []
    try forEachName(of: part, in: path) { names.insert($0) }
    return names
  }

  /// Calls `body` with the name of each sample in a split of a run.
  /// - Throws: `FileError` when the file cannot be read or is no split.
  static func forEachName(of part: DataSource.Split, in path: String, _ body: (String) -> Void) throws {
    var isFirst = true
    // A row at a time, so that a split of millions of samples needs memory for the wanted names only.
    try FileContents(mapping: path, followsLinks: false).withBytes { bytes in
      try CSV.forEachRow(in: bytes) { row in
        guard row.count == header.count, !isFirst || row == header else {
          throw FileError(path, "is not the split of a run")
        }
        if row[2] == part.rawValue && !isFirst { body(row[0]) }
        isFirst = false
      }
    }
    guard !isFirst else { throw FileError(path, "is not the split of a run") }
  }

  private static func write(_ samples: SampleSet, _ part: DataSource.Split, to file: AtomicFile) throws {
    let names = samples.dataset.classNames
    let rowsAtOnce = 4096
    for start in stride(from: 0, to: samples.count, by: rowsAtOnce) {
      let indices = samples.indices[start..<min(start + rowsAtOnce, samples.count)]
      let rows = indices.map { index in
        let (name, label) = (samples.dataset.name(at: Int(index)), samples.dataset.label(at: Int(index)))
        return CSV.row([name, names[label], part.rawValue])
      }
      try file.write(rows.joined())
    }
  }
}
