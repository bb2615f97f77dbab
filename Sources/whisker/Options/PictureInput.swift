import WhiskerCore
import WhiskerData
import WhiskerTraining

/// What the paths of a command that classifies pictures hold.
enum PictureInput {
  case pictures(PictureStream)
  case samples(any Dataset)
  /// Entries of an archive that must not be opened, and damage.
  case refused([FileError])
}

extension ListingOptions {
  /// The inputs in the order of the paths; consecutive pictures share batches.
  /// - Throws: `FileError` when a list or a dataset cannot be used.
  func inputs(
    _ paths: [String], _ preprocessing: Preprocessing, _ reading: ReadingOptions
  ) throws -> [PictureInput] {
    var inputs: [PictureInput] = []
    var pictures: [String] = []
    func flush() throws {
      guard !pictures.isEmpty else { return }
      inputs.append(.pictures(try self.pictures(pictures, areAmongOthers: paths.count > 1)))
      pictures = []
    }
    for path in paths {
      guard path == PictureStream.standardInput || (try? DataSource.holdsIDX(path)) != true else {
        try flush()
        inputs.append(.refused([Self.idxError(path)]))
        continue
      }
      // An unreadable path becomes a row with an error.
      guard path != PictureStream.standardInput, Self.holdsSamples(path) else {
        pictures.append(path)
        continue
      }
      try flush()
      var options = DataSource.Options()
      options.acceptsUnlabelled = true
      (options.maximumPixels, options.allowsTruncated) = (reading.maxPixels, reading.allowTruncated)
      let source = try DataSource.open(path, preprocessing, options: options)
      for note in source.notes { Terminal.warn("\(source.path): \(note)") }
      inputs.append(.refused(source.refused))
      inputs += DataSource.Split.allCases.compactMap { source.splits[$0].map(PictureInput.samples) }
    }
    try flush()
    return inputs
  }

  /// Whether a path holds samples of a dataset rather than pictures: a cache, shards with labels, or a table of pixels.
  private static func holdsSamples(_ path: String) -> Bool {
    if (try? DataSource.holdsCache(path) || DataSource.holdsLabelFiles(path)) == true { return true }
    return (try? DataSource.holdsPixels(path)) == true
  }

  /// A row shows the problem alone, without advice.
  private static func idxError(_ path: String) -> FileError {
    FileError(
      path,
      "is an IDX file, not a picture: whisker evaluate reads it with its labels, and --output lists the predictions"
    )
  }

  /// The paths in words, for the error that they hold no pictures.
  static func named(_ paths: [String]) -> String {
    paths.map { $0 == PictureStream.standardInput ? "standard input" : $0 }.joined(separator: ", ")
  }
}
