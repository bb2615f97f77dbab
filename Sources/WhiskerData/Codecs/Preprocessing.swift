/// How pictures are turned into tensors of one size. A model contains the preprocessing that it was trained with.
///
/// Gamma and colour profiles are ignored, as in other training tools.
public struct Preprocessing: Sendable, Equatable {
  /// The colours of samples.
  public enum ColorMode: String, Codable, Sendable, CaseIterable {
    /// One value: gray.
    case grayscale
    /// Three values: red, green and blue.
    case rgb

    /// 1 or 3.
    public var channels: Int { self == .grayscale ? 1 : 3 }
  }

  /// The treatment of pictures whose aspect ratio is not the target's.
  public enum Aspect: String, Codable, Sendable {
    /// Both sides are scaled to the target's, as by default in Keras.
    case stretch
    /// The largest part in the middle of the picture that has the target's aspect ratio is kept.
    case crop
    /// The whole picture is kept, between bars of the background.
    case pad
  }

  /// The size at which a JPEG picture is decoded before it is scaled down. Other formats are decoded at their stored size.
  public enum Decode: String, Codable, Sendable {
    /// The smallest DCT scale that leaves at least twice the target: several times faster, with hardly visible differences.
    case scaled
    /// The stored size: the picture's own pixels are averaged.
    case full
  }

  /// The normalisation of pixel values before the network: v / divisor + shift.
  public struct Normalization: Sendable, Equatable {
    /// The divisor of a value from 0 to 255.
    public let divisor: Int
    /// The number that is added to the quotient.
    public let shift: Double

    /// v / 255 - 1/2. It is the only normalisation: CKernels' `whisker_images_to_block` has these constants built in.
    public static let standard = Normalization(divisor: 255, shift: -0.5)

    /// The pixel value that becomes 0.
    var middle: Double { -shift * Double(divisor) }
  }

  /// A colour, each channel from 0 to 255.
  public struct Color: Codable, Sendable, Equatable {
    /// The red channel.
    public var red: UInt8
    /// The green channel.
    public var green: UInt8
    /// The blue channel.
    public var blue: UInt8

    /// A colour from its channels.
    public init(red: UInt8, green: UInt8, blue: UInt8) {
      (self.red, self.green, self.blue) = (red, green, blue)
    }

    /// All channels at 255.
    public static let white = Color(red: 255, green: 255, blue: 255)
    /// All channels at 0.
    public static let black = Color(red: 0, green: 0, blue: 0)
  }

  /// A size in pixels.
  public struct Size: Sendable, Equatable, Codable {
    public var height: Int
    public var width: Int

    /// A size from its sides.
    public init(height: Int, width: Int) { (self.height, self.width) = (height, width) }
  }

  /// The target's height, in pixels.
  public var height: Int
  /// The target's width, in pixels.
  public var width: Int
  /// The number of values per pixel.
  public var colorMode: ColorMode
  /// The treatment of another aspect ratio.
  public var aspect: Aspect
  /// The colour behind transparent pixels, and beside a padded picture.
  public var background: Color
  /// The size at which a JPEG is decoded.
  public var decode: Decode
  /// The size at which decoded pictures are kept, from which they are resized to the target; nil for the target's size.
  public var cacheSize: Size?
  /// The features that samples are, instead of pixels; nil for pixels.
  public var features: FeatureOrigin?

  /// The largest side of a target, in pixels.
  public static let sizeLimit = 4096

  /// By default 28x28 grayscale over white.
  public init(
    height: Int = 28, width: Int = 28, colorMode: ColorMode = .grayscale, aspect: Aspect = .stretch,
    background: Color = .white, decode: Decode = .scaled
  ) {
    (self.height, self.width, self.colorMode) = (height, width, colorMode)
    (self.aspect, self.background, self.decode) = (aspect, background, decode)
  }

  /// 1 for grayscale, 3 for RGB.
  public var channels: Int { colorMode.channels }

  /// The bytes of one sample: `[height, width, channels]`, or the floats of features.
  public var sampleSize: Int {
    features.map { $0.valueCount * Self.featureSize } ?? height * width * channels
  }

  /// The preprocessing of samples as they are kept: of pictures to the cache's size, if there is one.
  public var kept: Preprocessing {
    guard features == nil, let cacheSize else { return self }
    var kept = self
    (kept.height, kept.width, kept.cacheSize) = (cacheSize.height, cacheSize.width, nil)
    return kept
  }

  /// The preprocessing of samples of another size, resized from pictures that are kept at this size.
  package func resized(to size: Size) -> Preprocessing {
    let own = Size(height: height, width: width)
    guard size != own else { return self }
    var resized = self
    (resized.height, resized.width, resized.cacheSize) = (size.height, size.width, own)
    return resized
  }
}

extension Preprocessing: CustomStringConvertible {
  /// The preprocessing in words: "28x28 grayscale, stretched, transparency over white".
  public var description: String {
    let proportion =
      switch aspect {
      case .stretch: "stretched"
      case .crop: "cropped to the aspect ratio"
      case .pad: "padded to the aspect ratio"
      }
    return (features.map { "\($0), of " } ?? "")
      + "\(height)x\(width) \(colorMode.rawValue), \(proportion), transparency over \(background)"
      + (decode == .full ? ", JPEG decoded at full size" : "")
      + (cacheSize.map { ", kept at \($0.height)x\($0.width)" } ?? "")
  }
}

extension Preprocessing.Color: CustomStringConvertible {
  /// "white", "black", or "#RRGGBB" in hexadecimal.
  public var description: String {
    if self == .white { return "white" }
    if self == .black { return "black" }
    return "#" + hexadecimal([red, green, blue])
  }
}

extension Preprocessing: Codable {
  private enum CodingKeys: String, CodingKey {
    case height, width, colorMode = "color_mode", aspect, background, decode, resize, divisor, shift
    case cacheHeight = "cache_height", cacheWidth = "cache_width", features
  }

  // There is one resize method for each way to keep pictures, and one normalisation. A file with another is rejected.
  private var resize: String { cacheSize == nil ? "area" : "area_twice" }

  /// Reads what `encode(to:)` wrote.
  /// - Throws: `DecodingError` when a value is missing, out of range, or of a newer kind.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    height = try values.decode(Int.self, forKey: .height)
    width = try values.decode(Int.self, forKey: .width)
    colorMode = try values.decode(ColorMode.self, forKey: .colorMode)
    aspect = try values.decode(Aspect.self, forKey: .aspect)
    background = try values.decode(Color.self, forKey: .background)
    // Older models do not have this value.
    decode = try values.decodeIfPresent(Decode.self, forKey: .decode) ?? .scaled
    let cacheHeight = try values.decodeIfPresent(Int.self, forKey: .cacheHeight)
    cacheSize = try cacheHeight.map {
      Size(height: $0, width: try values.decode(Int.self, forKey: .cacheWidth))
    }
    features = try values.decodeIfPresent(FeatureOrigin.self, forKey: .features)
    let known =
      try values.decode(String.self, forKey: .resize) == resize
      && values.decode(Int.self, forKey: .divisor) == Normalization.standard.divisor
      && values.decode(Double.self, forKey: .shift) == Normalization.standard.shift
    let sides = 1...Self.sizeLimit
    guard known, sides.contains(height), sides.contains(width), sides.contains(ofPictures.kept.height),
      sides.contains(ofPictures.kept.width)
    else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "unsupported preprocessing or size"))
    }
  }

  /// Writes everything that other programs need for the same preprocessing.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(height, forKey: .height)
    try values.encode(width, forKey: .width)
    try values.encode(colorMode, forKey: .colorMode)
    try values.encode(aspect, forKey: .aspect)
    try values.encode(background, forKey: .background)
    try values.encode(decode, forKey: .decode)
    try values.encodeIfPresent(cacheSize?.height, forKey: .cacheHeight)
    try values.encodeIfPresent(cacheSize?.width, forKey: .cacheWidth)
    try values.encodeIfPresent(features, forKey: .features)
    try values.encode(resize, forKey: .resize)
    try values.encode(Normalization.standard.divisor, forKey: .divisor)
    try values.encode(Normalization.standard.shift, forKey: .shift)
  }
}
