import ArgumentParser
import WhiskerData

/// What pictures are turned into.
struct PictureOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The size of the network's input, one side or HEIGHTxWIDTH. (default: 28, or what a cache holds)",
      valueName: "pixels"))
  var imageSize: ImageSize?

  @Option(
    help: ArgumentHelp(
      "The colours of the network's input: grayscale or rgb. (default: grayscale, or what a cache holds)",
      valueName: "mode"))
  var colorMode: Preprocessing.ColorMode?

  @Flag(help: "Keep the aspect ratio: cut the middle out of the picture.")
  var cropToAspectRatio = false

  @Flag(help: "Keep the aspect ratio: put bars of the background beside the picture.")
  var padToAspectRatio = false

  @Option(
    help: ArgumentHelp(
      "What shows through transparent pixels: white, black or RRGGBB. (default: white, or what a cache was made with)",
      valueName: "color"))
  var background: ColorValue?

  @Flag(
    help: ArgumentHelp(
      "Decode JPEG pictures at their full size. By default they are decoded at the smallest size that leaves twice "
        + "the network's input, which is several times faster."))
  var fullDecode = false

  func validate() throws {
    guard !(cropToAspectRatio && padToAspectRatio) else {
      throw ValidationError("--crop-to-aspect-ratio and --pad-to-aspect-ratio exclude each other.")
    }
  }

  /// What the pictures of the data set at `path` are turned into: what the options say, and where they say nothing
  /// what a cache holds, or else the default.
  func preprocessing(for path: String) throws -> Preprocessing {
    preprocessing(over: try DataSource.cachedPreprocessing(at: path) ?? Preprocessing())
  }

  /// What the options say, and where they say nothing what `base` says.
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
