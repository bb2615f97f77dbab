/// Turns rows of decoded 8-bit samples into floats of the wanted channels, alpha composited over the background.
struct PixelConverter {
  /// 1, 2 (with alpha), 3 or 4 (with alpha) values per pixel.
  let sourceChannels: Int
  let colorMode: Preprocessing.ColorMode
  let background: Preprocessing.Color

  /// Luma of ITU-R BT.601, the weights of JPEG's own gray.
  static func luma(_ red: Float, _ green: Float, _ blue: Float) -> Float {
    0.299 * red + 0.587 * green + 0.114 * blue
  }

  /// Whether the decoded channels are the wanted ones.
  var isIdentity: Bool { sourceChannels == (colorMode == .grayscale ? 1 : 3) }

  /// Converts `width` pixels.
  func convert(_ row: UnsafePointer<UInt8>, width: Int, into target: UnsafeMutablePointer<Float>) {
    switch (sourceChannels, colorMode) {
    case (1, .grayscale): for x in 0..<width { target[x] = Float(row[x]) }
    case (2, .grayscale): convertGrayAlpha(row, width, target)
    case (1, .rgb), (2, .rgb): spreadGray(row, width, target)
    case (_, .grayscale): convertColorToGray(row, width, target)
    case (_, .rgb): convertColor(row, width, target)
    }
  }

  /// Fills `width` pixels with the background.
  func fill(width: Int, into target: UnsafeMutablePointer<Float>) {
    let color = floats(background)
    for x in 0..<width {
      switch colorMode {
      case .grayscale: target[x] = gray(background)
      case .rgb: (target[3 * x], target[3 * x + 1], target[3 * x + 2]) = color
      }
    }
  }

  private func convertGrayAlpha(
    _ row: UnsafePointer<UInt8>, _ width: Int, _ target: UnsafeMutablePointer<Float>
  ) {
    let under = gray(background)
    for x in 0..<width { target[x] = blend(row[2 * x], over: under, alpha: row[2 * x + 1]) }
  }

  private func spreadGray(_ row: UnsafePointer<UInt8>, _ width: Int, _ target: UnsafeMutablePointer<Float>) {
    let under = floats(background)
    for x in 0..<width {
      let value = row[x * sourceChannels]
      let alpha = sourceChannels == 2 ? row[2 * x + 1] : 255
      target[3 * x] = blend(value, over: under.red, alpha: alpha)
      target[3 * x + 1] = blend(value, over: under.green, alpha: alpha)
      target[3 * x + 2] = blend(value, over: under.blue, alpha: alpha)
    }
  }

  private func convertColorToGray(
    _ row: UnsafePointer<UInt8>, _ width: Int, _ target: UnsafeMutablePointer<Float>
  ) {
    let under = gray(background)
    for x in 0..<width {
      let pixel = row + x * sourceChannels
      let value = Self.luma(Float(pixel[0]), Float(pixel[1]), Float(pixel[2]))
      guard sourceChannels == 4 else {
        target[x] = value
        continue
      }
      let share = Float(pixel[3]) * (1.0 / 255)
      target[x] = value * share + under * (1 - share)
    }
  }

  private func convertColor(_ row: UnsafePointer<UInt8>, _ width: Int, _ target: UnsafeMutablePointer<Float>)
  {
    let under = floats(background)
    for x in 0..<width {
      let pixel = row + x * sourceChannels
      let alpha = sourceChannels == 4 ? pixel[3] : 255
      target[3 * x] = blend(pixel[0], over: under.red, alpha: alpha)
      target[3 * x + 1] = blend(pixel[1], over: under.green, alpha: alpha)
      target[3 * x + 2] = blend(pixel[2], over: under.blue, alpha: alpha)
    }
  }

  private func blend(_ value: UInt8, over under: Float, alpha: UInt8) -> Float {
    guard alpha < 255 else { return Float(value) }
    let share = Float(alpha) * (1.0 / 255)
    return Float(value) * share + under * (1 - share)
  }

  private func floats(_ color: Preprocessing.Color) -> (red: Float, green: Float, blue: Float) {
    (Float(color.red), Float(color.green), Float(color.blue))
  }

  private func gray(_ color: Preprocessing.Color) -> Float {
    let (red, green, blue) = floats(color)
    return Self.luma(red, green, blue)
  }
}
