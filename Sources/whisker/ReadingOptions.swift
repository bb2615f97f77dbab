import ArgumentParser
import WhiskerData
import WhiskerNN
import WhiskerTraining

/// How files are read, wherever files are read.
struct ReadingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Refuse pictures with more pixels than this, before memory is taken for them. Most take that of a few rows; an "
        + "interlaced PNG takes up to 4 bytes a pixel, a progressive JPEG up to 8.", valueName: "count"))
  var maxPixels = ImageDecoder.defaultMaximumPixels

  @Flag(
    help: ArgumentHelp(
      "Accept what decoded of a picture that is cut short or damaged, if that is a row at least; without it the "
        + "picture cannot be read. The rest of a PNG is background, or coarse where it is interlaced; that of a JPEG is what "
        + "libjpeg makes of it, mostly gray."))
  var allowTruncated = false

  @Option(
    help: ArgumentHelp(
      "Decode on this many lanes at once; 0 decodes on the main thread. (default: the number of cores)",
      valueName: "count"))
  var workers: Int?

  @Option(
    help: ArgumentHelp("Keep this many batches ready. (default: twice the lanes)", valueName: "batches"))
  var prefetch: Int?

  func validate() throws {
    guard maxPixels > 0 else { throw ValidationError("--max-pixels must be at least 1.") }
    try TrainingConfiguration.workerRange.check(workers, "--workers")
    try TrainingConfiguration.prefetchRange.check(prefetch, "--prefetch")
  }

  var lanes: BatchStream.Lanes { BatchStream.Lanes(count: workers ?? Ranks.cores, depth: prefetch) }
}

/// What an IDX pair or a folder cannot say for itself.
struct NamingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The labels' file, where DATA is an IDX file of images whose name does not lead to it."),
    completion: .file())
  var labels: String?

  @Option(
    help: ArgumentHelp(
      "The classes in the wanted order. (default: the folders' names in byte order; for IDX files labels.txt beside "
        + "them, or the numbers)", valueName: "a,b,c"))
  var classNames: NameList?

  @Flag(
    help: ArgumentHelp(
      "Take the class of each picture from the name of its file, up to the first '.', '_', '-' or digit: cat.0.jpg is "
        + "a cat, in whatever folder it is."))
  var labelsFromNames = false

  @Flag(help: "Accept classes that have no picture that can be read.")
  var allowEmptyClasses = false

  @Flag(help: "Follow symbolic links; without it they are reported and not opened.")
  var followLinks = false

  /// How a data set is opened.
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
