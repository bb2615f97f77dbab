import ArgumentParser
import WhiskerData

/// The preprocessing of pictures.
struct PictureOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Input size of the network in pixels: one side, or HEIGHTxWIDTH. (default: 28, or that of a cache as DATA)",
      valueName: "size"))
  var imageSize: ImageSize?

  @Option(
    help: ArgumentHelp(
      "Colour mode of the input. (default: grayscale, or that of a cache as DATA)", valueName: "mode"))
  var colorMode: Preprocessing.ColorMode?

  @Flag(help: "Keep the aspect ratio by cropping the centre.")
  var cropToAspectRatio = false

  @Flag(help: "Keep the aspect ratio by padding with the background colour.")
  var padToAspectRatio = false

  @Option(
    help: ArgumentHelp(
      "Colour behind transparent pixels: white, black or RRGGBB. (default: white, or that of a cache as DATA)",
      valueName: "color"))
  var background: ColorValue?

  @Flag(
    help: ArgumentHelp(
      "Decode JPEG pictures at full size. By default they are decoded at the smallest size that is at least "
        + "twice the input size, which is several times faster."))
  var fullDecode = false

  func validate() throws {
    guard !(cropToAspectRatio && padToAspectRatio) else {
      throw ValidationError("--crop-to-aspect-ratio and --pad-to-aspect-ratio cannot be combined.")
    }
  }

  /// The preprocessing for the dataset at `path`: the options, else that of a cache, else the default.
  func preprocessing(for path: String) throws -> Preprocessing {
    preprocessing(over: try DataSource.cachedPreprocessing(at: path) ?? Preprocessing())
  }

  /// The options, over the defaults in `base`.
  func preprocessing(over base: Preprocessing) -> Preprocessing {
    var wanted = base
    if let imageSize { (wanted.height, wanted.width) = (imageSize.height, imageSize.width) }
    if let colorMode { wanted.colorMode = colorMode }
    if cropToAspectRatio { wanted.aspect = .crop }
    if padToAspectRatio { wanted.aspect = .pad }
    if let background { wanted.background = background.color }
    if fullDecode { wanted.decode = .full }
    return wanted
  }
}
