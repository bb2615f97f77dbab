extension Augmentation.Kind {
  /// Strengthens or fades the colours of samples.
  public static let saturation = Augmentation.Kind(
    "saturation", "the largest change as a share of the saturation; RGB only",
    Augmentation.Form(limit: 1, defaultValue: 0.2), requiresColor: true,
    words: { "up to \(Augmentation.percentage($0.number))" }
  ) { strength, shape in
    guard strength.number > 0, shape.channels == 3 else { return nil }
    return .pixels { random, pixels in
      var stream = random.stream(of: "saturation")
      saturate(pixels, by: 1 + (2 * stream.unit() - 1) * strength.number)
    }
  }

  /// Multiplies the distance of each pixel's values from its gray.
  private static func saturate(_ pixels: UnsafeMutableBufferPointer<UInt8>, by factor: Double) {
    let factor = Int32((factor * 65536).rounded())
    let rest = 65536 &- factor
    for place in stride(from: 0, to: pixels.count &- 2, by: 3) {
      let (red, green, blue) = (
        Int32(pixels[place]), Int32(pixels[place &+ 1]), Int32(pixels[place &+ 2])
      )
      let gray = (red &* Luma.red &+ green &* Luma.green &+ blue &* Luma.blue &+ 32768) >> 16
      let offset = gray &* rest &+ 32768
      pixels[place] = clamped(red &* factor &+ offset)
      pixels[place &+ 1] = clamped(green &* factor &+ offset)
      pixels[place &+ 2] = clamped(blue &* factor &+ offset)
    }
  }

  private static func clamped(_ value: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: min(max(value >> 16, 0), 255))
  }
}

extension Augmentation {
  /// The largest change of saturation: distances from a pixel's gray are multiplied by a factor from 1 - `saturation` to
  /// 1 + `saturation`.
  public var saturation: Double {
    get { self[.saturation] }
    set { self[.saturation] = newValue }
  }
}
