import WhiskerData
import WhiskerNN

/// A picture in gray with a heat map in colour over it.
///
/// The colours go from dark violet over orange to pale yellow. Their lightness alone rises with the value, so that they can be read
/// without telling hues apart, and in print without colour. What the network does not see of the picture is dark and without colour.
package struct HeatMapOverlay {
  /// RGB, `[height, width, 3]`.
  package let pixels: [UInt8]
  /// In pixels.
  package let (height, width): (Int, Int)

  private typealias Color = (red: Double, green: Double, blue: Double)

  /// The colours of values at equal distances from 0 to 1.
  private static let stops: [Color] = [
    (18, 10, 52), (88, 24, 122), (188, 54, 96), (242, 132, 42), (253, 238, 150),
  ]
  /// The part of the colour in a pixel; the rest is the picture.
  private static let strength = 0.55
  /// The brightness that remains of what the network does not see.
  private static let unseen = 0.4

  /// Draws a map over a picture.
  /// - Parameter leastSide: A picture whose longest side is at most half of it is enlarged, by a whole factor.
  package init(_ picture: ShownPicture, _ map: ClassHeatMap, leastSide: Int) {
    let factor = max(1, leastSide / max(picture.height, picture.width))
    (height, width) = (picture.height * factor, picture.width * factor)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(height * width * 3)
    for row in 0..<height {
      for column in 0..<width {
        let gray = Self.gray(picture.pixels, at: row / factor * picture.width + column / factor)
        let (x, y) = ((Double(column) + 0.5) / Double(width), (Double(row) + 0.5) / Double(height))
        guard let place = picture.position(x: x, y: y) else {
          pixels += [UInt8](repeating: UInt8(Self.unseen * gray), count: 3)
          continue
        }
        let color = Self.color(of: map.value(x: place.x, y: place.y))
        func add(_ channel: Double) {
          pixels.append(UInt8((gray + Self.strength * (channel - gray)).rounded()))
        }
        add(color.red)
        add(color.green)
        add(color.blue)
      }
    }
    self.pixels = pixels
  }

  /// The colour of a value from 0 to 1.
  private static func color(of value: Double) -> Color {
    let place = min(max(value, 0), 1) * Double(stops.count - 1)
    let index = min(Int(place), stops.count - 2)
    let (from, to, share) = (stops[index], stops[index + 1], place - Double(index))
    return (
      from.red + share * (to.red - from.red), from.green + share * (to.green - from.green),
      from.blue + share * (to.blue - from.blue)
    )
  }

  /// The luma of a pixel, by BT.601.
  private static func gray(_ pixels: [UInt8], at index: Int) -> Double {
    0.299 * Double(pixels[3 * index]) + 0.587 * Double(pixels[3 * index + 1])
      + 0.114 * Double(pixels[3 * index + 2])
  }

  /// The PNG file.
  package var png: [UInt8] { PNGEncoder.encode(pixels, height: height, width: width, channels: 3) }

  /// The picture for a page.
  /// - Parameter side: The longest side, in pixels.
  func image(side: Int) -> HTML { photo(pixels, height: height, width: width, side: side) }

  /// What a map beside a picture shows.
  /// - Parameter subject: What the map speaks for: "the predicted class".
  static func note(_ subject: HTML) -> HTML {
    """
    On the right, what speaks for \(subject) by Grad-CAM, from dark, nothing, to bright, most: where the network looks, not what \
    it sees there.
    """
  }

  /// The colours from 0 to 1, from left to right.
  static var scale: HTML {
    let pixels = (0..<8 * 128).flatMap { place -> [UInt8] in
      let color = color(of: Double(place % 128) / 127)
      return [color.red, color.green, color.blue].map { UInt8($0.rounded()) }
    }
    let uri = PNGEncoder.dataURI(pixels, height: 8, width: 128, channels: 3)
    return "<img alt=\"from dark, nothing, to bright, most\" src=\"\(HTML(markup: uri))\"/>"
  }
}

/// A picture `[height, width, 3]` on a page, scaled down to at most `side` pixels.
func photo(_ pixels: [UInt8], height: Int, width: Int, side: Int) -> HTML {
  let shape = Preprocessing(height: height, width: width, colorMode: .rgb)
  let uri = Thumbnail(pixels, of: shape, side: side).dataURI
  return "<img class=\"photo\" alt=\"\" src=\"\(HTML(markup: uri))\"/>"
}
