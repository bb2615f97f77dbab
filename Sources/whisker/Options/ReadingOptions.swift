import ArgumentParser
import WhiskerData
import WhiskerNN
import WhiskerTraining

/// Limits and threads for reading files.
struct ReadingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Maximum number of pixels per picture. Decoding takes the memory of a few rows, or for an interlaced "
        + "PNG and a lossy WebP up to 4 bytes per pixel, for a progressive JPEG and a lossless WebP up to 8.",
      valueName: "count"))
  var maxPixels = ImageDecoder.defaultMaximumPixels

  @Flag(
    help: ArgumentHelp(
      "Accept truncated and damaged pictures of which at least one row can be decoded. The rest is "
        + "background (PNG, WebP), coarse (interlaced PNG) or mostly gray (JPEG)."))
  var allowTruncated = false

  @Option(
    help: ArgumentHelp(
      "Number of threads that read and decode; 0 decodes in the main thread. (default: two per core)",
      valueName: "count"))
  var workers: Int?

  @Option(
    help: ArgumentHelp(
      "Number of batches to decode ahead. (default: as many as workers, at least 2)", valueName: "count"))
  var prefetch: Int?

  func validate() throws {
    guard maxPixels > 0 else { throw ValidationError("--max-pixels must be at least 1.") }
    try TrainingConfiguration.workerRange.check(workers, "--workers")
    try TrainingConfiguration.prefetchRange.check(prefetch, "--prefetch")
  }

  var readAhead: ReadAhead {
    ReadAhead(workers: workers ?? ReadAhead.workers(for: ProcessGroup.cores), depth: prefetch)
  }
}

/// Classes and labels that the files do not imply.
struct NamingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Labels of an IDX file of images, if its name does not imply theirs.", valueName: "file"),
    completion: .file())
  var labels: String?

  @Option(
    help: ArgumentHelp(
      "Classes in order. (default: folder names in byte order; for IDX files labels.txt next to them, or "
        + "numbers)", valueName: "a,b,c"))
  var classNames: NameList?

  @Option(
    help: ArgumentHelp(
      "CSV file without a header that changes classes: old,new renames a class, several with the same new name become one, "
        + "and \"old,\" leaves out its pictures. Other classes keep their names. --class-names orders the new ones. (default: none)",
      valueName: "file"), completion: .file(extensions: ["csv"]))
  var classes: String?

  @Flag(
    help: ArgumentHelp(
      "Take the class of a picture from its file name, up to the first '.', '_', '-' or digit: cat.0.jpg is "
        + "a cat, in any folder."))
  var labelsFromNames = false

  @Option(
    help: ArgumentHelp(
      "Column of a list that holds the paths. (default: path, filename, file, image or a similar name)",
      valueName: "name"))
  var pathColumn: String?

  @Option(
    help: ArgumentHelp(
      "Column of a list that holds the labels. (default: label, class, category or target)", valueName: "name"
    ))
  var labelColumn: String?

  @Flag(help: "Allow classes without a readable picture.")
  var allowEmptyClasses = false

  @Flag(help: "Follow symbolic links. By default they are reported and skipped.")
  var followLinks = false

  @Option(
    help: ArgumentHelp(
      "Leave out the pictures of this list: the rows of whisker audit's audit.csv with a mark in the column exclude, "
        + "or one path below DATA per line. (default: none)", valueName: "file"),
    completion: .file(extensions: ["csv", "txt"]))
  var exclude: String?

  /// The paths of the pictures to leave out of the datasets at `paths`.
  /// - Throws: `FileError` when the list cannot be read.
  func excluded(of paths: [String]) throws -> [String]? {
    try exclude.map { try ExclusionList.read($0, of: paths) }
  }

  /// The options for opening the datasets at `paths`.
  /// - Throws: `FileError` when the file of `--classes`, or the list of the pictures to leave out, cannot be used.
  func options(for paths: [String], _ reading: ReadingOptions?) throws -> DataSource.Options {
    var options = DataSource.Options()
    options.furtherPaths = Array(paths.dropFirst())
    options.classChanges = try classes.map { try ClassChanges($0) }
    options.maximumPixels = reading?.maxPixels ?? options.maximumPixels
    options.allowsTruncated = reading?.allowTruncated ?? false
    options.classNames = classNames?.names
    options.labelsPath = labels
    options.labelsFromNames = labelsFromNames
    (options.pathColumn, options.labelColumn) = (pathColumn, labelColumn)
    options.allowsEmptyClasses = allowEmptyClasses
    options.followsLinks = followLinks
    options.excluded = try excluded(of: paths) ?? []
    return options
  }

  func source(
    _ paths: [String], _ preprocessing: Preprocessing?, _ reading: ReadingOptions? = nil
  ) throws -> DataSource {
    try DataSource.open(paths[0], preprocessing, options: options(for: paths, reading))
  }
}
