import WhiskerCore
import WhiskerData

extension Augmentation.Kind {
  /// Exchanges black and white.
  static let invert = Augmentation.Kind(
    "invert", "the probability of inverting a picture", limit: 1, default: 0.5,
    words: Augmentation.percentage
  ) { probability, _ in
    .pixels { random, pixels in
      var stream = random.stream(of: "invert")
      guard stream.unit() < probability else { return }
      for place in pixels.indices { pixels[place] = 255 - pixels[place] }
    }
  }
}
