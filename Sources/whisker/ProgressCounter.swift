import WhiskerTensor

/// A count that is redrawn in place, where somebody watches.
struct ProgressCounter {
  private let title: String
  private var line = ProgressLine()

  init(_ title: String) { self.title = title }

  /// Draws the count, unless it was drawn a moment ago.
  mutating func draw(_ done: Int, of total: Int) {
    let title = title
    line.draw { ["\(title) \(grouped(done)) of \(grouped(total))"] }
  }

  /// Takes the count off the screen.
  mutating func erase() { line.erase() }
}
