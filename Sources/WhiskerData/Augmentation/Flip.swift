extension Augmentation.Kind {
  /// Mirrors samples, exchanging left and right.
  public static let flip = Augmentation.Kind(
    "flip", "the probability of mirroring a picture", limit: 1, default: 0.5,
    words: Augmentation.percentage
  ) { probability, _ in
    .motion { random, motion in motion.isMirrored = random.shared.unit() < probability }
  }
}

extension Augmentation {
  /// The probability that a sample is mirrored.
  public var flip: Double {
    get { self[.flip] }
    set { self[.flip] = newValue }
  }
}
