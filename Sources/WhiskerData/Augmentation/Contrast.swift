extension Augmentation.Kind {
  /// Raises or lowers the contrast of samples.
  public static let contrast = Augmentation.Kind(
    "contrast", "the largest change as a share of the contrast", limit: 1, default: 0.2,
    words: { "up to \(Augmentation.percentage($0))" }
  ) { share, shape in
    guard share > 0 else { return nil }
    return .pixels { random, pixels in
      var stream = random.stream(of: "contrast")
      stretch(pixels, by: 1 + (2 * stream.unit() - 1) * share, channels: shape.channels)
    }
  }

  /// Multiplies the distance of all values from the sample's mean gray.
  private static func stretch(
    _ pixels: UnsafeMutableBufferPointer<UInt8>, by factor: Double, channels: Int
  ) {
    let mean = Luma.mean(of: UnsafeBufferPointer(pixels), channels: channels)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { stretched in
      for value in 0..<256 {
        stretched[value] = UInt8(min(max(mean + (Double(value) - mean) * factor, 0), 255).rounded())
      }
      for place in pixels.indices { pixels[place] = stretched[Int(pixels[place])] }
    }
  }
}

extension Augmentation {
  /// The largest change of contrast: distances from the mean gray are multiplied by a factor from 1 - `contrast` to
  /// 1 + `contrast`.
  public var contrast: Double {
    get { self[.contrast] }
    set { self[.contrast] = newValue }
  }
}
