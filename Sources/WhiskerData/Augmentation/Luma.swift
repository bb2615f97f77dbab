/// The gray of colours, by the weights of ITU-R BT.601.
enum Luma {
  /// The weights of red, green and blue, with 16 fractional bits.
  static let (red, green, blue): (Int32, Int32, Int32) = (19595, 38470, 7471)

  /// The mean gray of a sample, `[height, width, channels]`.
  static func mean(of pixels: UnsafeBufferPointer<UInt8>, channels: Int) -> Double {
    guard channels == 3 else {
      return Double(pixels.reduce(0) { $0 &+ Int($1) }) / Double(pixels.count)
    }
    var sums: (Int, Int, Int) = (0, 0, 0)
    for place in stride(from: 0, to: pixels.count, by: 3) {
      sums.0 &+= Int(pixels[place])
      sums.1 &+= Int(pixels[place &+ 1])
      sums.2 &+= Int(pixels[place &+ 2])
    }
    let weighted = sums.0 * Int(red) + sums.1 * Int(green) + sums.2 * Int(blue)
    return Double(weighted) / 65536 / Double(pixels.count / 3)
  }
}
