import ArgumentParser
import Glibc
import WhiskerCore
import WhiskerTraining

/// The live report of a run, served on loopback by a child process (`whisker-live`) until `end`.
final class LiveView {
  /// The address: "http://127.0.0.1:40123/".
  let address: String
  private let process: pid_t
  private let lifeline: Int32

  /// Serves the page at `path`.
  /// - Throws: `FileError` when the server program is missing; `ExitCode` when it failed, after it has printed the reason.
  init(_ path: String, on port: UInt16) throws {
    let program = try SiblingProgram.path(
      of: "whisker-live", purpose: "serves the report",
      advice: "Install it next to whisker, or open report.html")
    let (input, output) = (try Pipe(), try Pipe())
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input.reading, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output.writing, STDOUT_FILENO)
    var arguments = [program, path, String(port)].map { withPath($0) { strdup($0) } }
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

  /// Whether the server still runs.
  var isShown: Bool { waitpid(process, nil, WNOHANG) == 0 }

  /// The time limit for stopping the server.
  private static let patience = Duration.milliseconds(1900)

  /// Stops the server, after open browsers have loaded the last state.
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

  /// The first line of the output; empty if there is none.
  private static func line(from descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while retrying({ Int32(read(descriptor, &byte, 1)) }) > 0, byte != UInt8(ascii: "\n") {
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// A pipe that child processes do not inherit.
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

/// The ssh command for viewing a page of this machine's loopback from the user's machine.
enum SSHTunnel {
  /// The lines to print; none outside ssh.
  /// - Parameter address: The address of the page: "http://127.0.0.1:40123/".
  static func lines(to address: String) -> [String] {
    guard let connection = Terminal.variable("SSH_CONNECTION"), let command = command(to: address, connection)
    else { return [] }
    return ["Over ssh  on your own machine: \(command), then open \(address)"]
  }

  /// - Parameter connection: `SSH_CONNECTION`: address and port of the client and of the server.
  private static func command(to address: String, _ connection: String) -> String? {
    let ends = connection.split(separator: " ")
    guard ends.count == 4, let port = address.split(separator: ":").last?.prefix(while: \.isNumber) else {
      return nil
    }
    let user = (Terminal.variable("USER") ?? Terminal.variable("LOGNAME")).map { $0 + "@" } ?? ""
    let sshPort = ends[3] == "22" ? [] : ["-p", String(ends[3])]
    let words = ["ssh", "-N", "-L", "\(port):127.0.0.1:\(port)"] + sshPort + ["\(user)\(ends[2])"]
    return ShellWords(words).text
  }
}
