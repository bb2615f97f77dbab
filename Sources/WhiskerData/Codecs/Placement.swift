/// The part of a picture that is used, and its place in the target, both as seen upright.
struct Placement: Equatable {
  /// The part of the source that is used, in source pixels.
  var cropWidth: Double
  var cropHeight: Double
  /// The rectangle of the target that it fills, in target pixels.
  var x: Int
  var y: Int
  var width: Int
  var height: Int

  /// Places a picture of `sourceWidth` x `sourceHeight` pixels.
  init(sourceWidth: Int, sourceHeight: Int, preprocessing: Preprocessing) {
    (x, y, width, height) = (0, 0, preprocessing.width, preprocessing.height)
    (cropWidth, cropHeight) = (Double(sourceWidth), Double(sourceHeight))
    // The ratio of the picture's aspect ratio to the target's.
    let excess = cropWidth * Double(height) / (cropHeight * Double(width))
    switch preprocessing.aspect {
    case .stretch:
      break
    case .crop:
      if excess > 1 { cropWidth /= excess } else { cropHeight *= excess }
    case .pad:
      if excess > 1 {
        height = max(1, Int((Double(height) / excess).rounded()))
        y = (preprocessing.height - height) / 2
      } else {
        width = max(1, Int((Double(width) * excess).rounded()))
        x = (preprocessing.width - width) / 2
      }
    }
  }

  /// The same placement in the coordinates of the stored picture, before it is turned upright.
  func stored(_ orientation: Orientation) -> Placement {
    guard orientation.swapsSides else { return self }
    var stored = self
    swap(&stored.cropWidth, &stored.cropHeight)
    swap(&stored.width, &stored.height)
    return stored
  }

  /// The smallest scale, in eighths, that leaves at least twice the wanted size on both sides; 8 where none does.
  var eighths: Int {
    (1...7).first { eighths in
      let scale = Double(eighths) / 8
      return cropWidth * scale >= Double(2 * width) && cropHeight * scale >= Double(2 * height)
    } ?? 8
  }
}
