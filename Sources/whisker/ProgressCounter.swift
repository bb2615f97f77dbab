import WhiskerTensor

/// A count that is redrawn in place, where somebody watches.
struct ProgressCounter {
  private let title: String
  private var lastDrawn: ContinuousClock.Instant?

  private static let interval = Duration.milliseconds(100)
  private static let clear = "\r\u{1B}[K"

  init(_ title: String) { self.title = title }

  /// Draws the count, unless it was drawn a moment ago.
  mutating func draw(_ done: Int, of total: Int) {
    guard Terminal.isInteractive else { return }
    let now = ContinuousClock.now
    if let lastDrawn, now - lastDrawn < Self.interval { return }
    lastDrawn = now
    Terminal.write("\(Self.clear)\(title) \(grouped(done)) of \(grouped(total))")
  }

  /// Takes the count off the screen.
  mutating func erase() {
    guard lastDrawn != nil else { return }
    lastDrawn = nil
    Terminal.write(Self.clear)
  }
}
