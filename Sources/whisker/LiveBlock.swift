/// Lines that are redrawn in place at a terminal.
struct LiveBlock {
  private let isShown: Bool
  private var height = 0

  init(isShown: Bool) { self.isShown = isShown }

  /// Draws the lines over those that were drawn before, shortened where the terminal is narrow.
  mutating func draw(_ lines: [StyledText]) {
    guard isShown else { return }
    let text = lines.map { fitted([$0], columns: Terminal.columns).rendered() + "\u{1B}[K\n" }
    Terminal.write(home + text.joined() + "\u{1B}[J")
    height = lines.count
  }

  /// Takes the lines off the screen.
  mutating func erase() {
    guard height > 0 else { return }
    Terminal.write(home + "\u{1B}[J")
    height = 0
  }

  private var home: String { height > 0 ? "\r\u{1B}[\(height)A" : "" }
}
