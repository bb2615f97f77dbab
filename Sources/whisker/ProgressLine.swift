/// A line that is redrawn in place.
struct ProgressLine {
  private let isShown: Bool
  private var lastDrawn: ContinuousClock.Instant?

  private static let interval = Duration.milliseconds(100)
  private static let clear = "\r\u{1B}[K"
  private static let barWidth = 20

  /// - Parameter isShown: Whether it is drawn at all; by default where somebody watches.
  init(isShown: Bool = Terminal.isInteractive) { self.isShown = isShown }

  /// Draws the parts that fit, unless the line was drawn a moment ago.
  /// - Parameter isLast: Whether to draw in any case.
  mutating func draw(isLast: Bool = false, _ parts: () -> [StyledText]) {
    guard isShown else { return }
    let now = ContinuousClock.now
    if let lastDrawn, now - lastDrawn < Self.interval, !isLast { return }
    lastDrawn = now
    Terminal.write(Self.clear + fitted(parts(), columns: Terminal.columns).rendered())
  }

  /// Takes the line off the screen.
  mutating func erase() {
    guard lastDrawn != nil else { return }
    lastDrawn = nil
    Terminal.write(Self.clear)
  }

  /// `[=====.....]`, as full as `done` of `total`.
  static func bar(_ done: Int, of total: Int) -> StyledText {
    let filled = min(barWidth, done * barWidth / max(1, total))
    guard Terminal.isUnicode else {
      let (full, empty) = (
        String(repeating: "=", count: filled), String(repeating: ".", count: barWidth - filled)
      )
      return "[" + StyledText(full, .green) + StyledText(empty, .faint) + "]"
    }
    return StyledText(String(repeating: "█", count: filled), .green)
      + StyledText(String(repeating: "░", count: barWidth - filled), .faint)
  }
}

/// The first of the parts that fit side by side, the first one always; the last column stays free, so that no terminal
/// wraps the line.
func fitted(_ parts: [StyledText], columns: Int) -> StyledText {
  var line = parts.first ?? ""
  for part in parts.dropFirst() {
    guard line.width + 1 + part.width < columns else { break }
    line = line + " " + part
  }
  return line
}
