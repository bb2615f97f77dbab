import ArgumentParser
import Glibc
import WhiskerTensor

/// The page of a run, shown on loopback by a process of its own (`whisker-live`) for as long as this is there.
final class LiveView {
  /// Where a browser finds it: "http://127.0.0.1:40123/".
  let address: String
  private let process: pid_t
  private let lifeline: Int32

  /// Shows the page at `path` on a port of this machine.
  /// - Throws: `FileError` when the program that shows it is missing; `ExitCode` when it cannot show it, and has said why.
  init(_ path: String, on port: LivePort) throws {
    let program = try Self.program()
    let (input, output) = (try Pipe(), try Pipe())
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input.reading, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output.writing, STDOUT_FILENO)
    var arguments = [program, path, String(port.number)].map { withPath($0) { strdup($0) } }
    arguments.append(nil)
    defer { arguments.forEach { free($0) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, program, &actions, nil, &arguments, environ)
    close(input.reading)
    close(output.writing)
    guard code == 0 else { throw FileError(program, systemError: code, doing: "cannot be run") }
    (self.process, lifeline) = (process, input.writing)
    address = Self.line(from: output.reading)
    close(output.reading)
    guard !address.isEmpty else {
      end()
      throw ExitCode(1)
    }
  }

  /// Whether the page is still shown.
  var isShown: Bool { waitpid(process, nil, WNOHANG) == 0 }

  /// The longest time that it takes to end, whatever it is doing.
  private static let patience = Duration.milliseconds(1900)

  /// Ends it, once an open browser has seen the last of it.
  func end() {
    close(lifeline)
    let deadline = ContinuousClock.now + Self.patience
    while retrying({ waitpid(process, nil, WNOHANG) }) == 0 {
      guard ContinuousClock.now < deadline else {
        kill(process, SIGKILL)
        _ = retrying { waitpid(process, nil, 0) }
        return
      }
      usleep(5000)
    }
  }

  /// The program beside this one.
  private static func program() throws -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/self/exe", &buffer, buffer.count)
    let own = pathText(buffer.prefix(max(0, length)).map { UInt8(bitPattern: $0) })
    let program = AtomicFile.folder(of: own) + "/whisker-live"
    guard access(program, X_OK) == 0 else {
      throw FileError(
        program, "is missing, which shows a run in the browser",
        advice: "Install it beside whisker, or open report.html")
    }
    return program
  }

  /// The first line that comes; empty where none does.
  private static func line(from descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while retrying({ Int32(read(descriptor, &byte, 1)) }) > 0, byte != UInt8(ascii: "\n") {
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Two ends that no other program inherits.
private struct Pipe {
  let reading: Int32
  let writing: Int32

  init() throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw FileError("a pipe", systemError: errno, doing: "cannot be made") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (reading, writing) = (ends[0], ends[1])
  }
}

private func retrying(_ call: () -> Int32) -> Int32 {
  while true {
    let result = call()
    guard result < 0, errno == EINTR else { return result }
  }
}
