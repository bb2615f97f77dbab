import WhiskerCore

/// A line that is redrawn in place.
struct ProgressLine {
  private let isShown: Bool
  private var lastDrawn: ContinuousClock.Instant?

  private static let interval = Duration.milliseconds(100)
  private static let clear = "\r\u{1B}[K"
  private static let barWidth = 20

  /// - Parameter isShown: Whether it is drawn at all; by default at a terminal.
  init(isShown: Bool = Terminal.isInteractive) { self.isShown = isShown }

  /// Draws the parts that fit, at most ten times per second.
  /// - Parameter isLast: Whether to draw in any case.
  mutating func draw(isLast: Bool = false, _ parts: () -> [StyledText]) {
    guard isShown else { return }
    let now = ContinuousClock.now
    if let lastDrawn, now - lastDrawn < Self.interval, !isLast { return }
    lastDrawn = now
    Terminal.write(Self.clear + fitted(parts(), columns: Terminal.columns).rendered())
  }

  /// Clears the line at a terminal, whatever is drawn there.
  static func clearLine() { if Terminal.isInteractive { Terminal.write(clear) } }

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

/// The parts that fit side by side, at least the first one. The last column stays free, so that no terminal wraps the line.
func fitted(_ parts: [StyledText], columns: Int) -> StyledText {
  var line = parts.first ?? ""
  for part in parts.dropFirst() {
    guard line.width + 1 + part.width < columns else { break }
    line = line + " " + part
  }
  return line
}

/// A count that is redrawn in place at a terminal.
struct ProgressCounter {
  private let title: String
  private var line = ProgressLine()

  init(_ title: String) { self.title = title }

  /// Draws the count, at most ten times per second.
  mutating func draw(_ done: Int, of total: Int) {
    let title = title
    line.draw { ["\(title) \(grouped(done)) of \(grouped(total))"] }
  }

  /// Draws a count whose end is not known, at most ten times per second.
  mutating func draw(_ done: Int) {
    let title = title
    line.draw { ["\(title) \(grouped(done))"] }
  }

  mutating func erase() { line.erase() }
}

/// Lines that are redrawn in place at a terminal.
struct LiveBlock {
  private let isShown: Bool
  private var height = 0

  init(isShown: Bool) { self.isShown = isShown }

  /// Draws the lines over the previous ones, cut to the width of the terminal.
  mutating func draw(_ lines: [StyledText]) {
    guard isShown else { return }
    let text = lines.map { fitted([$0], columns: Terminal.columns).rendered() + "\u{1B}[K\n" }
    Terminal.write(home + text.joined() + "\u{1B}[J")
    height = lines.count
  }

  mutating func erase() {
    guard height > 0 else { return }
    Terminal.write(home + "\u{1B}[J")
    height = 0
  }

  private var home: String { height > 0 ? "\r\u{1B}[\(height)A" : "" }
}
