import Glibc
import Synchronization
import WhiskerMPI
import WhiskerCore

/// Standard output and standard error.
enum Terminal {
  /// The error of the last failed write to standard output; 0 for none.
  private static let failure = Atomic<Int32>(0)
  /// The descriptor for messages: standard output, or standard error if a file is written to standard output.
  private static let output = Atomic(STDOUT_FILENO)
  /// Whether nothing is printed, because another process of the group prints.
  private static let silenced = Atomic(false)

  static var isSilent: Bool {
    get { silenced.load(ordering: .relaxed) }
    set { silenced.store(newValue, ordering: .relaxed) }
  }

  /// Whether standard output is a terminal.
  static let isInteractive = isScreen(STDOUT_FILENO)

  /// Whether standard output is in colour (no-color.org).
  static let hasColors = isInteractive && variable("NO_COLOR") == nil
  private static let hasErrorColors = isScreen(STDERR_FILENO) && variable("NO_COLOR") == nil

  /// Whether the locale is UTF-8.
  static let isUnicode: Bool = {
    let locale = variable("LC_ALL") ?? variable("LC_CTYPE") ?? variable("LANG") ?? ""
    let name = locale.lowercased()
    return name.hasSuffix("utf-8") || name.hasSuffix("utf8")
  }()

  /// The width of the terminal in columns; nil if there is none.
  static var width: Int? { isInteractive ? columns : nil }

  /// The width of the terminal in columns; 80 if there is none.
  static var columns: Int { windowWidth ?? 80 }

  /// The height of the terminal in rows; 24 if there is none.
  static var rows: Int { size.flatMap { $0.ws_row > 0 ? Int($0.ws_row) : nil } ?? 24 }

  private static var size: winsize? {
    var size = winsize()
    return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 ? size : nil
  }

  /// Prints to standard error from now on, because a file is written to standard output.
  static func reserveStandardOutput() { output.store(STDERR_FILENO, ordering: .relaxed) }

  /// Writes a line to standard output. Control characters are escaped.
  static func print(_ line: String) { write(printable(line) + "\n") }

  /// Writes a line to standard output, in colour if possible.
  static func print(_ line: StyledText) { write(line.rendered() + "\n") }

  /// Writes a line of JSON to standard output.
  static func print(json: String) { write(printable(json: json) + "\n") }

  /// Writes a paragraph to standard output, wrapped to the width of a terminal.
  static func print(paragraph line: String) {
    guard let width else { return print(line) }
    for line in Paragraph(printable(line), columns: width).lines { print(line) }
  }

  /// Writes text to standard output unchanged.
  static func write(_ text: String) { write(text, to: output.load(ordering: .relaxed)) }

  /// - Throws: `FileError` if anything printed so far could not be written.
  static func confirm() throws {
    let code = failure.load(ordering: .relaxed)
    guard code == 0 else { throw FileError("standard output", systemError: code, doing: "cannot be written") }
  }

  /// Writes a line to standard error. Control characters are escaped.
  static func warn(_ line: String) { warn(StyledText(line)) }

  /// Writes a line to standard error, in colour if possible.
  static func warn(_ line: StyledText) { write(line.rendered(hasErrorColors) + "\n", to: STDERR_FILENO) }

  private static func isScreen(_ descriptor: Int32) -> Bool {
    guard isatty(descriptor) == 1, variable("TERM") != "dumb" else { return false }
    // mpirun gives its processes a terminal of size 0, wherever the output goes.
    return Launch.rank == nil || windowWidth != nil
  }

  private static var windowWidth: Int? { size.flatMap { $0.ws_col > 0 ? Int($0.ws_col) : nil } }

  /// An environment variable; nil if it is unset or empty.
  static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func write(_ text: String, to descriptor: Int32) {
    guard !isSilent else { return }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else {
        if descriptor == STDOUT_FILENO { failure.store(errno, ordering: .relaxed) }
        return
      }
      rest = rest.dropFirst(written)
    }
  }
}
