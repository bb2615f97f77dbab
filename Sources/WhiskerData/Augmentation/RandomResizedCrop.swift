import Glibc

extension Augmentation.Kind {
  /// Shows a random part of samples in their full size, by torchvision's rule: of an area drawn evenly between the ends of the
  /// range, and an aspect ratio drawn logarithmically from 3/4 to 4/3. Of ten such rectangles the first that fits is used, or
  /// else the largest in the middle. Unlike torchvision's, its sides and its position are not rounded to pixels.
  public static let randomResizedCrop = Augmentation.Kind(
    "random-resized-crop", "the smallest and the largest share of the area that is shown",
    Augmentation.Form(
      limit: 1, defaultValue: 0.35,
      second: .init(separator: "..", limit: 1, defaultValue: 1, isRange: true)),
    words: {
      "to \(Augmentation.percentage($0.number)) - \(Augmentation.percentage($0.second ?? 1)) of the area"
    }
  ) { strength, shape in
    guard strength.number > 0 else { return nil }
    let kept = shape.kept
    let crop = RandomCrop(
      areas: strength.number...(strength.second ?? 1), aspect: Double(kept.width) / Double(kept.height))
    return .motion { random, motion in
      var stream = random.stream(of: "random-resized-crop")
      motion.crop = crop.draw { stream.unit() }
    }
  }
}

extension Augmentation {
  /// The shares of the area that samples are cropped to; nil for whole samples.
  public var randomResizedCrop: ClosedRange<Double>? {
    get {
      let strength = self[strength: .randomResizedCrop]
      return strength.isZero ? nil : strength.number...(strength.second ?? 1)
    }
    set {
      self[strength: .randomResizedCrop] =
        newValue.map { Strength($0.lowerBound, $0.upperBound) } ?? Strength(0)
    }
  }
}

/// Draws rectangles of a picture.
private struct RandomCrop: Sendable {
  /// The shares of the area.
  let areas: ClosedRange<Double>
  /// The picture's width divided by its height.
  let aspect: Double

  private static let aspects = 3.0 / 4...4.0 / 3
  private static let attempts = 10

  func draw(_ unit: () -> Double) -> Motion.Crop {
    let (lowest, highest) = (log(Self.aspects.lowerBound), log(Self.aspects.upperBound))
    for _ in 0..<Self.attempts {
      let area = areas.lowerBound + unit() * (areas.upperBound - areas.lowerBound)
      // In shares of the sides, a rectangle has the aspect ratio divided by the picture's.
      let ratio = exp(lowest + unit() * (highest - lowest)) / aspect
      let (width, height) = ((area * ratio).squareRoot(), (area / ratio).squareRoot())
      guard width <= 1, height <= 1 else { continue }
      return Motion.Crop(x: unit() * (1 - width), y: unit() * (1 - height), width: width, height: height)
    }
    let width = min(1, Self.aspects.upperBound / aspect), height = min(1, aspect / Self.aspects.lowerBound)
    return Motion.Crop(x: (1 - width) / 2, y: (1 - height) / 2, width: width, height: height)
  }
}
