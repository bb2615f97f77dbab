/// A colour with channels from 0 to 1.
public struct Color: Sendable {
  /// 0 to 1 each.
  public var red, green, blue: Double

  public init(_ red: Double, _ green: Double, _ blue: Double) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  public static let black = Color(0, 0, 0)
  public static let white = Color(1, 1, 1)

  /// The luma, 0 to 1 (Rec. 601 weights).
  public var luminance: Double { 0.299 * red + 0.587 * green + 0.114 * blue }

  /// Linear interpolation to `other`: 0 gives this colour, 1 the other.
  public func mixed(with other: Color, _ share: Double) -> Color {
    Color(
      red + (other.red - red) * share,
      green + (other.green - green) * share,
      blue + (other.blue - blue) * share)
  }

  func lighter(_ share: Double) -> Color { mixed(with: .white, share) }
  func darker(_ share: Double) -> Color { mixed(with: .black, share) }

  /// The largest difference in one channel.
  func distance(to other: Color) -> Double {
    max(abs(red - other.red), abs(green - other.green), abs(blue - other.blue))
  }

  /// A colour by hue (0 to 1, once around), saturation and lightness (0 to 1).
  static func hue(_ hue: Double, saturation: Double, lightness: Double) -> Color {
    let chroma = saturation * min(lightness, 1 - lightness)
    func channel(_ offset: Double) -> Double {
      let place = (offset + hue * 12).truncatingRemainder(dividingBy: 12)
      return lightness - chroma * max(-1, min(place - 3, 9 - place, 1))
    }
    return Color(channel(0), channel(8), channel(4))
  }
}
