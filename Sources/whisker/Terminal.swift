import Glibc
import Synchronization
import WhiskerMPI
import WhiskerTensor

/// Where the tool's words go.
enum Terminal {
  /// The error that standard output last met; 0 for none.
  private static let failure = Atomic<Int32>(0)
  /// The descriptor that stands for standard output: standard error where a file goes to standard output.
  private static let output = Atomic(STDOUT_FILENO)
  /// Whether another process of the job does the talking.
  private static let silenced = Atomic(false)

  static var isSilent: Bool {
    get { silenced.load(ordering: .relaxed) }
    set { silenced.store(newValue, ordering: .relaxed) }
  }

  /// Whether somebody is likely to look at standard output as it comes.
  static let isInteractive = isScreen(STDOUT_FILENO)

  /// What was typed to start this process.
  static var command: [String] { ["whisker"] + Arguments.typed }

  /// Whether standard output and standard error take colours (no-color.org).
  static let hasColors = isInteractive && variable("NO_COLOR") == nil
  private static let hasErrorColors = isScreen(STDERR_FILENO) && variable("NO_COLOR") == nil

  /// Whether more than ASCII can be written, by the locale.
  static let isUnicode: Bool = {
    let locale = variable("LC_ALL") ?? variable("LC_CTYPE") ?? variable("LANG") ?? ""
    let name = locale.lowercased()
    return name.hasSuffix("utf-8") || name.hasSuffix("utf8")
  }()

  /// The width of the terminal, in columns; nil where nobody is likely to look.
  static var width: Int? { isInteractive ? columns : nil }

  /// The width of the terminal, in columns; the usual one where there is none.
  static var columns: Int { windowWidth ?? 80 }

  /// The height of the terminal, in rows; the usual one where there is none.
  static var rows: Int { size.flatMap { $0.ws_row > 0 ? Int($0.ws_row) : nil } ?? 24 }

  private static var size: winsize? {
    var size = winsize()
    return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 ? size : nil
  }

  /// Leaves standard output to a file that goes there: from now on what is printed goes to standard error.
  static func leaveStandardOutput() { output.store(STDERR_FILENO, ordering: .relaxed) }

  /// Writes a line to standard output, at once. Control characters appear as escapes.
  static func print(_ line: String) { write(printable(line) + "\n") }

  /// Writes a line to standard output, at once, in colours where it takes them.
  static func print(_ line: StyledText) { write(line.rendered() + "\n") }

  /// Writes a line of JSON to standard output, at once.
  static func print(json: String) { write(printable(json: json) + "\n") }

  /// Writes a line for people to standard output, broken so that it fits a terminal.
  static func tell(_ line: String) {
    guard let width else { return print(line) }
    for line in Paragraph(printable(line), columns: width).lines { print(line) }
  }

  /// Writes text to standard output, at once, as it is.
  static func write(_ text: String) { write(text, to: output.load(ordering: .relaxed)) }

  /// Makes sure that everything printed so far has arrived.
  /// - Throws: `FileError` with the reason why it has not.
  static func confirm() throws {
    let code = failure.load(ordering: .relaxed)
    guard code == 0 else { throw FileError("standard output", systemError: code, doing: "cannot be written") }
  }

  /// Writes a line to standard error. Control characters appear as escapes.
  static func complain(_ line: String) { complain(StyledText(line)) }

  /// Writes a line to standard error, in colours where it takes them.
  static func complain(_ line: StyledText) { write(line.rendered(hasErrorColors) + "\n", to: STDERR_FILENO) }

  private static func isScreen(_ descriptor: Int32) -> Bool {
    guard isatty(descriptor) == 1, variable("TERM") != "dumb" else { return false }
    // mpirun lends its processes a terminal of no size, wherever their output goes in the end.
    return Launch.rank == nil || windowWidth != nil
  }

  private static var windowWidth: Int? { size.flatMap { $0.ws_col > 0 ? Int($0.ws_col) : nil } }

  /// The environment's variable of that name; nil where it is not set, or to nothing.
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
