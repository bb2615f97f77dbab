import WhiskerCore

extension Augmentation.Kind {
  /// Drops pixels, as the dropout of an input layer does.
  public static let dropout = Augmentation.Kind(
    "dropout", "the share of pixels to drop", limit: 0.99, default: 0.1, words: Augmentation.percentage
  ) { rate, shape in
    let dropout = PixelDropout(rate, channels: shape.channels)
    guard dropout.limit > 0 else { return nil }
    return .pixels { random, pixels in dropout.apply(to: pixels, random.stream(.augmentationDropout)) }
  }
}

extension Augmentation {
  /// The share of pixels that are dropped.
  public var dropout: Double {
    get { self[.dropout] }
    set { self[.dropout] = newValue }
  }
}

/// Dropout as of an input layer (Srivastava et al., "Dropout", JMLR 15, 2014), inverted: a dropped pixel becomes middle gray,
/// which is 0 after normalisation, and the distance of the others from it is divided by 1 - rate, within the range of values.
private struct PixelDropout: Sendable {
  /// A random number of 16 bits below this drops a pixel.
  let limit: UInt32
  /// The new value of each value that is not dropped.
  private let kept: [UInt8]
  private let channels: Int

  init(_ rate: Double, channels: Int) {
    let (factor, middle) = (1 / (1 - rate), Preprocessing.Normalization.standard.middle)
    kept = (0...255).map { UInt8(min(max(middle + (Double($0) - middle) * factor, 0), 255).rounded()) }
    limit = UInt32((rate * 65536).rounded())
    self.channels = channels
  }

  func apply(to pixels: UnsafeMutableBufferPointer<UInt8>, _ stream: RandomStream) {
    kept.withUnsafeBufferPointer { kept in
      stream.forEachNumber(count: pixels.count / channels) { pixel, number in
        let isDropped = UInt32(number) < limit
        // The middle is between two values, which are chosen with equal probability.
        let gray = UInt8(truncatingIfNeeded: 127 &+ number & 1)
        for place in pixel &* channels..<(pixel &+ 1) &* channels {
          pixels[place] = isDropped ? gray : kept[Int(pixels[place])]
        }
      }
    }
  }
}
