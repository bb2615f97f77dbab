import ArgumentParser
import WhiskerData

/// The preprocessing of pictures.
struct PictureOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Input size of the network in pixels, from 1 to \(Preprocessing.sizeLimit): one side, or HEIGHTxWIDTH. (default: 28, or that of a cache as DATA)",
      valueName: "size"))
  var imageSize: ImageSize?

  @Option(
    help: ArgumentHelp(
      "Size in pixels at which decoded pictures are kept: one side, or HEIGHTxWIDTH, at least --image-size and at most "
        + "\(Preprocessing.sizeLimit). They are "
        + "resized to --image-size for the network, and augmentation that crops, rotates or shifts starts from them. "
        + "(default: --image-size, or that of a cache as DATA)", valueName: "size"))
  var cacheSize: ImageSize?

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
  /// - Parameter usual: The default.
  /// - Parameter crops: Whether training samples are crops: by default, pictures are kept a quarter larger than them.
  /// - Parameter trainingSize: The largest size of the training samples; nil for that of the input.
  func preprocessing(
    for path: String, over usual: Preprocessing = Preprocessing(), crops: Bool = false,
    trainingSize: Preprocessing.Size? = nil
  ) throws -> Preprocessing {
    let cached = try DataSource.cachedPreprocessing(at: path)
    return try preprocessing(
      over: cached ?? usual, crops: crops && cached == nil, trainingSize: trainingSize)
  }

  /// A preprocessing that keeps pictures larger than the input.
  static func enlarged(_ base: Preprocessing) throws -> Preprocessing {
    try Self.parse([]).preprocessing(over: base, crops: true)
  }

  /// The options, over the defaults in `base`.
  /// - Parameter crops: Whether training samples are crops: by default, pictures are kept a quarter larger than them.
  /// - Parameter trainingSize: The largest size of the training samples; nil for that of the input.
  func preprocessing(
    over base: Preprocessing, crops: Bool = false, trainingSize: Preprocessing.Size? = nil
  ) throws -> Preprocessing {
    var wanted = base
    if let imageSize { (wanted.height, wanted.width) = (imageSize.height, imageSize.width) }
    if let colorMode { wanted.colorMode = colorMode }
    if cropToAspectRatio { wanted.aspect = .crop }
    if padToAspectRatio { wanted.aspect = .pad }
    if let background { wanted.background = background.color }
    if fullDecode { wanted.decode = .full }
    let size = Preprocessing.Size(height: wanted.height, width: wanted.width)
    if let cacheSize {
      guard cacheSize.height >= size.height, cacheSize.width >= size.width else {
        throw ValidationError("--cache-size must be at least the input size, \(size.height)x\(size.width).")
      }
      wanted.cacheSize = Preprocessing.Size(height: cacheSize.height, width: cacheSize.width)
    } else if crops {
      let enlarged = (trainingSize ?? size).enlarged
      wanted.cacheSize = .init(
        height: max(size.height, enlarged.height), width: max(size.width, enlarged.width))
    }
    // Pictures are kept as samples, or the input is larger than the pictures of a cache.
    if let kept = wanted.cacheSize, kept == size || kept.height < size.height || kept.width < size.width {
      wanted.cacheSize = nil
    }
    return wanted
  }
}

extension Preprocessing.Size {
  /// A quarter larger on both sides, up to the largest size.
  fileprivate var enlarged: Preprocessing.Size {
    func enlarged(_ side: Int) -> Int { min(Int((1.25 * Double(side)).rounded()), Preprocessing.sizeLimit) }
    return Preprocessing.Size(height: enlarged(height), width: enlarged(width))
  }
}
