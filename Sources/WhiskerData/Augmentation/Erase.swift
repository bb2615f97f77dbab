extension Augmentation.Kind {
  /// Erases a rectangle of samples (DeVries and Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout",
  /// 2017). The rectangle has the proportions of the sample, lies within it, and becomes middle gray.
  public static let erase = Augmentation.Kind(
    "erase", "the share of the area that is erased, and the probability of that",
    Augmentation.Form(
      limit: 1, defaultValue: 0.0625,
      second: .init(separator: ",", limit: 1, defaultValue: defaultProbability)),
    words: {
      "\(Augmentation.percentage($0.number)) of the area in "
        + "\(Augmentation.percentage($0.second ?? defaultProbability)) of the samples"
    }
  ) { strength, shape in
    let (side, probability) = (strength.number.squareRoot(), strength.second ?? defaultProbability)
    let height = Int((side * Double(shape.height)).rounded())
    let width = Int((side * Double(shape.width)).rounded())
    guard height > 0, width > 0 else { return nil }
    return .pixels { random, pixels in
      var stream = random.stream(of: "erase")
      guard stream.unit() < probability else { return }
      let top = stream.next(below: shape.height - height + 1)
      let left = stream.next(below: shape.width - width + 1)
      for row in top..<top + height {
        let start = (row * shape.width + left) * shape.channels
        UnsafeMutableBufferPointer(rebasing: pixels[start..<start + width * shape.channels])
          .update(repeating: middleGray)
      }
    }
  }

  private static let defaultProbability = 0.5
  private static let middleGray = UInt8(Preprocessing.Normalization.standard.middle.rounded())
}

extension Augmentation {
  /// The share of the area that is erased, in half of the samples.
  public var erase: Double {
    get { self[.erase] }
    set { self[.erase] = newValue }
  }
}
