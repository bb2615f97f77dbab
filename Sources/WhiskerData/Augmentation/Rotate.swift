import WhiskerCore

extension Augmentation.Kind {
  /// Rotates samples about their middle.
  public static let rotate = Augmentation.Kind(
    "rotate", "the largest angle in degrees", limit: 180, default: 15,
    words: { "up to \(plain($0)) degrees" }
  ) { degrees, _ in
    .motion { random, motion in motion.degrees = random.signed() * degrees }
  }
}

extension Augmentation {
  /// The largest rotation in either direction, in degrees.
  public var rotate: Double {
    get { self[.rotate] }
    set { self[.rotate] = newValue }
  }
}
