/// A canvas with a coordinate system: the frame transforms its units to pixels.
struct Easel {
  var canvas: Canvas
  var frame: Affine

  /// Fills a path, with a vertical gradient to `lower` if given, clipped to `clip` if given.
  mutating func fill(_ path: Path, _ color: Color, to lower: Color? = nil, within clip: Mask? = nil) {
    canvas.paint(clipped(mask(filling: path), to: clip), color, to: lower)
  }

  /// Strokes an open path whose width changes from `width` to `end`.
  mutating func stroke(
    _ path: Path, _ color: Color, width: Double, end: Double? = nil, within clip: Mask? = nil
  ) {
    let scale = frame.scale
    let mask = Mask(
      stroking: path.mapped(frame), from: width * scale, to: (end ?? width) * scale,
      width: canvas.width, height: canvas.height)
    canvas.paint(clipped(mask, to: clip), color)
  }

  /// Fills a path and draws its outline.
  mutating func fill(_ path: Path, _ coat: Coat) {
    let closed = Path(path.points + path.points.prefix(1))
    fill(path, coat.fur.lighter(0.06), to: coat.fur.darker(0.14))
    stroke(closed, coat.outline, width: 0.05)
  }

  func mask(filling path: Path) -> Mask {
    Mask(filling: path.mapped(frame), width: canvas.width, height: canvas.height)
  }

  private func clipped(_ mask: Mask, to clip: Mask?) -> Mask {
    guard let clip else { return mask }
    return mask.clipped(to: clip)
  }
}
