import ArgumentParser
import WhiskerData

/// What pictures are turned into.
struct PictureOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The size of the network's input, one side or HEIGHTxWIDTH.", valueName: "pixels"))
  var imageSize = ImageSize(argument: "28")!

  @Option(help: ArgumentHelp("The colours of the network's input.", valueName: "mode"))
  var colorMode = Preprocessing.ColorMode.grayscale

  @Flag(help: "Keep the aspect ratio: cut the middle out of the picture.")
  var cropToAspectRatio = false

  @Flag(help: "Keep the aspect ratio: put bars of the background beside the picture.")
  var padToAspectRatio = false

  @Option(
    help: ArgumentHelp(
      "What shows through transparent pixels: white, black or RRGGBB.", valueName: "color"))
  var background = ColorValue(argument: "white")!

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

  var preprocessing: Preprocessing {
    Preprocessing(
      height: imageSize.height, width: imageSize.width, colorMode: colorMode,
      aspect: cropToAspectRatio ? .crop : padToAspectRatio ? .pad : .stretch, background: background.color,
      decode: fullDecode ? .full : .scaled)
  }
}
