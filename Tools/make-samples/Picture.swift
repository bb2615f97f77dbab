import SampleImages

/// A drawn picture to be written to a file.
struct Picture {
  private(set) var width, height: Int
  private var colors: [Color]
  private var opacity: [Double]

  /// The drawing, with its background or with a transparent one.
  init(_ canvas: Canvas, cutOut: Bool) {
    width = canvas.width
    height = canvas.height
    colors = cutOut ? canvas.cutOutColors : canvas.colors
    opacity = canvas.opacity
  }

  /// The picture with noise of up to `strength` on every pixel, like film grain.
  func grained(_ strength: Double, using generator: inout some RandomNumberGenerator) -> Picture {
    if strength == 0 { return self }
    var result = self
    for place in colors.indices {
      let noise = uniform(in: -strength...strength, using: &generator)
      result.colors[place].red += noise
      result.colors[place].green += noise
      result.colors[place].blue += noise
    }
    return result
  }

  /// The pixels to store so that a reader that applies the Exif orientation (1, 3, 6 or 8) shows this picture.
  func stored(for orientation: UInt16) -> Picture {
    switch orientation {
    case 3: rearranged(width, height) { x, y in (width - 1 - x, height - 1 - y) }
    case 6: rearranged(height, width) { x, y in (width - 1 - y, x) }
    case 8: rearranged(height, width) { x, y in (y, height - 1 - x) }
    default: self
    }
  }

  func gray(bits: Int) -> [UInt16] { colors.map { level($0.luminance, bits: bits) } }

  func rgb(bits: Int) -> [UInt16] {
    colors.flatMap { [$0.red, $0.green, $0.blue].map { level($0, bits: bits) } }
  }

  func alpha() -> [UInt16] { opacity.map { level($0, bits: 8) } }

  func rgbPixels() -> [RGB] {
    colors.map { color in
      func byte(_ value: Double) -> UInt8 { UInt8(level(value, bits: 8)) }
      return RGB(byte(color.red), byte(color.green), byte(color.blue))
    }
  }

  /// A picture of the given size whose pixels are copied from the positions that `source` returns.
  private func rearranged(_ newWidth: Int, _ newHeight: Int, source: (Int, Int) -> (Int, Int)) -> Picture {
    var result = self
    result.width = newWidth
    result.height = newHeight
    for y in 0..<newHeight {
      for x in 0..<newWidth {
        let (sourceX, sourceY) = source(x, y)
        result.colors[y * newWidth + x] = colors[sourceY * width + sourceX]
        result.opacity[y * newWidth + x] = opacity[sourceY * width + sourceX]
      }
    }
    return result
  }

  private func level(_ value: Double, bits: Int) -> UInt16 {
    UInt16((min(max(value, 0), 1) * Double((1 << bits) - 1)).rounded())
  }
}
