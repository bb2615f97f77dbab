extension Augmentation.Kind {
  /// Makes samples lighter or darker.
  public static let brightness = Augmentation.Kind(
    "brightness", "the largest change as a share of the brightness", limit: 1, default: 0.2,
    words: { "up to \(Augmentation.percentage($0))" }
  ) { share, _ in
    .pixels { random, pixels in
      let factor = 1 + random.signed() * share
      if factor != 1 { scale(pixels, by: factor) }
    }
  }

  private static func scale(_ pixels: UnsafeMutableBufferPointer<UInt8>, by factor: Double) {
    let factor = UInt32((factor * 65536).rounded())
    for place in pixels.indices {
      pixels[place] = UInt8(truncatingIfNeeded: min((UInt32(pixels[place]) &* factor &+ 32768) >> 16, 255))
    }
  }
}

extension Augmentation {
  /// The largest change of brightness: values are multiplied by a factor from 1 - `brightness` to 1 + `brightness`.
  public var brightness: Double {
    get { self[.brightness] }
    set { self[.brightness] = newValue }
  }
}
