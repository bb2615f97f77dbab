extension Augmentation.Kind {
  /// Moves samples along both axes.
  public static let shift = Augmentation.Kind(
    "shift", "the largest shift as a share of the side", limit: 1, default: 0.1,
    words: { "up to \(Augmentation.percentage($0))" }
  ) { share, shape in
    let (width, height) = (Double(shape.width), Double(shape.height))
    return .motion { random, motion in
      motion.right = random.signed() * share * width
      motion.down = random.signed() * share * height
    }
  }
}

extension Augmentation {
  /// The largest shift along either axis, as a share of the side.
  public var shift: Double {
    get { self[.shift] }
    set { self[.shift] = newValue }
  }
}
