import ArgumentParser
import WhiskerData
import WhiskerNN
import WhiskerTraining

/// Limits and threads for reading files.
struct ReadingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Maximum number of pixels per picture. Decoding takes the memory of a few rows, or for an interlaced "
        + "PNG up to 4 bytes per pixel, for a progressive JPEG up to 8.", valueName: "count"))
  var maxPixels = ImageDecoder.defaultMaximumPixels

  @Flag(
    help: ArgumentHelp(
      "Accept truncated and damaged pictures of which at least one row can be decoded. The rest is "
        + "background (PNG), coarse (interlaced PNG) or mostly gray (JPEG)."))
  var allowTruncated = false

  @Option(
    help: ArgumentHelp(
      "Number of decoding threads; 0 decodes in the main thread. (default: number of cores)",
      valueName: "count"))
  var workers: Int?

  @Option(
    help: ArgumentHelp(
      "Number of batches to decode ahead. (default: twice the workers)", valueName: "count"))
  var prefetch: Int?

  func validate() throws {
    guard maxPixels > 0 else { throw ValidationError("--max-pixels must be at least 1.") }
    try TrainingConfiguration.workerRange.check(workers, "--workers")
    try TrainingConfiguration.prefetchRange.check(prefetch, "--prefetch")
  }

  var readAhead: ReadAhead { ReadAhead(workers: workers ?? ProcessGroup.cores, depth: prefetch) }
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

  @Flag(
    help: ArgumentHelp(
      "Take the class of a picture from its file name, up to the first '.', '_', '-' or digit: cat.0.jpg is "
        + "a cat, in any folder."))
  var labelsFromNames = false

  @Flag(help: "Allow classes without a readable picture.")
  var allowEmptyClasses = false

  @Flag(help: "Follow symbolic links. By default they are reported and skipped.")
  var followLinks = false

  /// The options for opening a dataset.
  func options(_ reading: ReadingOptions?) -> DataSource.Options {
    var options = DataSource.Options()
    options.maximumPixels = reading?.maxPixels ?? options.maximumPixels
    options.allowsTruncated = reading?.allowTruncated ?? false
    options.classNames = classNames?.names
    options.labelsPath = labels
    options.labelsFromNames = labelsFromNames
    options.allowsEmptyClasses = allowEmptyClasses
    options.followsLinks = followLinks
    return options
  }

  func source(
    _ path: String, _ preprocessing: Preprocessing?, _ reading: ReadingOptions? = nil
  ) throws -> DataSource {
    try DataSource.open(path, preprocessing, options: options(reading))
  }
}
