/// Exact area averaging in double precision, pixel by pixel: slow and plain.
struct AreaReference {
  /// Interleaved, `[height, width, channels]`.
  let pixels: [Double]
  let width: Int
  let height: Int
  var channels = 1

  /// The whole picture scaled to `width` x `height`, or the part of it that starts at (`x`, `y`).
  func scaled(
    to width: Int, _ height: Int, x: Double = 0, y: Double = 0, cropWidth: Double? = nil,
    cropHeight: Double? = nil
  ) -> [UInt8] {
    means(of: width, height, x: x, y: y, cropWidth: cropWidth, cropHeight: cropHeight)
      .map { UInt8(($0 + 0.5).rounded(.down)) }
  }

  /// The same before it is rounded.
  func means(
    of width: Int, _ height: Int, x: Double = 0, y: Double = 0, cropWidth: Double? = nil,
    cropHeight: Double? = nil
  ) -> [Double] {
    let stepX = (cropWidth ?? Double(self.width)) / Double(width)
    let stepY = (cropHeight ?? Double(self.height)) / Double(height)
    return (0..<height * width * channels).map { i in
      let (column, row) = (i / channels % width, i / channels / width)
      return mean(
        x + Double(column) * stepX, y + Double(row) * stepY, stepX, stepY, channel: i % channels)
    }
  }

  private func mean(_ left: Double, _ top: Double, _ width: Double, _ height: Double, channel: Int) -> Double
  {
    var sum = 0.0
    for y in max(0, Int(top))..<min(self.height, Int(top + height) + 1) {
      let shareY = min(Double(y + 1), top + height) - max(Double(y), top)
      guard shareY > 0 else { continue }
      for x in max(0, Int(left))..<min(self.width, Int(left + width) + 1) {
        let shareX = min(Double(x + 1), left + width) - max(Double(x), left)
        if shareX > 0 { sum += shareX * shareY * pixels[(y * self.width + x) * channels + channel] }
      }
    }
    return sum / (width * height)
  }
}
