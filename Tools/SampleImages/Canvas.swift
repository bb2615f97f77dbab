/// A raster image with anti-aliased painting. Painted colours are kept separate from the background.
public struct Canvas: Sendable {
  /// The size in pixels.
  public let width, height: Int
  /// The opacity of the painted colours, 0 to 1, row by row from the top left.
  public private(set) var opacity: [Double]
  private var background: [Color]
  /// The painted colours, premultiplied by their opacity.
  private var paint: [Color]

  /// A white canvas of at least one pixel a side.
  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
    opacity = Array(repeating: 0, count: width * height)
    background = Array(repeating: .white, count: width * height)
    paint = Array(repeating: .black, count: width * height)
  }

  /// The picture with its background, row by row from the top left.
  public var colors: [Color] {
    zip(background, zip(cutOutColors, opacity)).map { $0.mixed(with: $1.0, $1.1) }
  }

  /// The painted colours without background, not premultiplied; white where nothing is painted.
  public var cutOutColors: [Color] {
    zip(paint, opacity).map { $1 > 0 ? .black.mixed(with: $0, 1 / $1) : .white }
  }

  /// Sets the background of every pixel from its position, 0 to 1 along each side.
  mutating func paintBackground(_ color: (Point) -> Color) {
    for y in 0..<height {
      for x in 0..<width {
        let place = Point((Double(x) + 0.5) / Double(width), (Double(y) + 0.5) / Double(height))
        background[y * width + x] = color(place)
      }
    }
  }

  /// Paints a colour over the mask. `lower`, if given, is the colour at the bottom of a vertical gradient.
  mutating func paint(_ mask: Mask, _ color: Color, to lower: Color? = nil) {
    let lower = lower ?? color
    guard let first = mask.coverage.firstIndex(where: { $0 > 0 }) else { return }
    guard let last = mask.coverage.lastIndex(where: { $0 > 0 }) else { return }
    let top = first / width
    let height = max(last / width - top, 1)
    for place in first...last where mask.coverage[place] > 0 {
      let depth = Double(place / width - top) / Double(height)
      let share = min(mask.coverage[place], 1)
      paint[place] = paint[place].mixed(with: color.mixed(with: lower, depth), share)
      opacity[place] += (1 - opacity[place]) * share
    }
  }
}
