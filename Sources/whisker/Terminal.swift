import Glibc
import Synchronization
import WhiskerTensor

/// Where the tool's words go.
enum Terminal {
  /// The error that standard output last met; 0 for none.
  private static let failure = Atomic<Int32>(0)

  /// Whether somebody is likely to look at standard output as it comes.
  static let isInteractive =
    isatty(STDOUT_FILENO) == 1 && getenv("TERM").map { String(cString: $0) } != "dumb"

  /// What was typed to start this process.
  static var command: [String] { ["whisker"] + CommandLine.arguments.dropFirst() }

  /// The width of the terminal, in columns.
  static var columns: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes a line to standard output, at once.
  static func print(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

  /// Writes text to standard output, at once.
  static func write(_ text: String) { write(text, to: STDOUT_FILENO) }

  /// Makes sure that everything printed so far has arrived.
  /// - Throws: `FileError` with the reason why it has not.
  static func confirm() throws {
    let code = failure.load(ordering: .relaxed)
    guard code == 0 else { throw FileError("standard output", systemError: code, doing: "cannot be written") }
  }

  /// Writes a line to standard error.
  static func complain(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

  private static func write(_ text: String, to descriptor: Int32) {
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
