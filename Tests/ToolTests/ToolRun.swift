import Foundation
import TestSupport

/// A process of the tool's, its outputs drained as they come.
final class ToolRun {
  struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }

  /// How a process ended and what it said.
  struct Result {
    /// The exit code, or the number of the signal that killed it, negated.
    let status: Int32
    let output: String
    let errors: String
    /// Seconds from the start to the first byte of output, and to the end.
    let firstOutput: Double?
    let seconds: Double
    /// The memory that the process held, as it was seen every few milliseconds.
    let memory: ProcessMemory

    var lines: [String] { output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
    /// The lines that tell a finished epoch.
    var epochs: [String] { lines.filter { $0.contains("Epoch ") && $0.contains(" loss ") } }
    /// Everything, for the message of a test that failed.
    var story: String { "exit \(status)\n\(output)\n\(errors)" }
  }

  private let process = Process()
  private let output: Drain
  private let errors: Drain
  private let start: ContinuousClock.Instant
  // The working folder lives as long as the process.
  private let folder: TemporaryFolder

  /// Starts `whisker` in `folder`.
  /// - Parameter columns: The width of the terminal that it writes to; nil for pipes.
  /// - Parameter input: What it reads; nil for nothing.
  /// - Parameter program: What is started instead of `whisker`, and may start it.
  init(
    _ arguments: [String], in folder: TemporaryFolder, columns: UInt16? = nil, input: Pipe? = nil,
    environment: [String: String] = [:], program: URL = ToolRun.tool
  ) throws {
    self.folder = folder
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    // The same bytes whatever the terminal and the language of whoever runs the tests.
    let plain = ["TERM": "xterm", "LC_ALL": "C", "NO_COLOR": "1"]
    process.environment = ProcessInfo.processInfo.environment.merging(plain) { $1 }.merging(environment) {
      $1
    }
    process.standardInput = input ?? FileHandle.nullDevice
    let errorPipe = Pipe()
    process.standardError = errorPipe
    errors = try Drain(errorPipe)
    start = .now
    guard let columns else {
      let pipe = Pipe()
      process.standardOutput = pipe
      output = try Drain(pipe)
      try process.run()
      return
    }
    let terminal = try PseudoTerminal(columns: columns)
    process.standardOutput = terminal.slave
    output = Drain(terminal.master)
    try process.run()
    try terminal.slave.close()
  }

  /// A test that runs out of time leaves by a thrown cancellation, and must not leave the process behind.
  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
  }

  /// The binary lies beside the tests.
  static var tool: URL {
    URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "whisker")
  }

  /// The seconds since the process was started.
  var secondsSinceStart: Double { (ContinuousClock.now - start) / .seconds(1) }

  var identifier: Int32 { process.processIdentifier }

  func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// Kills the process at a random moment of its first `seconds`, unless it ends before.
  ///
  /// The seconds are those of a run under the same load: if every kill came before the first checkpoint, a test would never end.
  func killedAtRandom(within seconds: Double) async throws -> Result {
    let moment = start + .seconds(Double.random(in: 0.005...max(0.1, seconds)))
    try await wait(within: seconds + 30) { _ in ContinuousClock.now > moment }
    signal(SIGKILL)
    return try await finish()
  }

  /// Waits until the process handles a signal instead of being killed by it.
  func waitForHandler(of signal: Int32, within limit: Double = 30) async throws {
    let deadline = ContinuousClock.now + .seconds(limit)
    while ContinuousClock.now < deadline {
      let status = (try? String(contentsOfFile: "/proc/\(identifier)/status", encoding: .utf8)) ?? ""
      let caught = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }?.split(separator: "\t")
        .last
      if let mask = caught.flatMap({ UInt64($0, radix: 16) }), mask >> UInt64(signal - 1) & 1 == 1 { return }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw Failure("signal \(signal) is not handled after \(limit) s")
  }

  /// Waits until the output so far is as wanted, or the process has ended.
  func wait(within limit: Double = 30, until isWanted: (String) -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(limit)
    while process.isRunning && !isWanted(output.text) {
      guard ContinuousClock.now < deadline else { throw Failure("waited in vain for:\n\(output.text)") }
      try await Task.sleep(for: .milliseconds(2))
    }
  }

  /// Waits for the end, and looks at what it likes meanwhile.
  /// - Throws: `Failure` when that takes longer than `limit` seconds; the process is then killed.
  func finish(within limit: Double = 60, look: () -> Void = {}) async throws -> Result {
    let deadline = ContinuousClock.now + .seconds(limit)
    var memory = ProcessMemory()
    while process.isRunning {
      memory.look(at: process.processIdentifier)
      look()
      guard ContinuousClock.now < deadline else {
        signal(SIGKILL)
        throw Failure("still running after \(limit) s:\n\(output.text)\n\(errors.text)")
      }
      try await Task.sleep(for: .milliseconds(2))
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    while !(output.isAtEnd && errors.isAtEnd), ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(2))
    }
    let code = process.terminationStatus
    return Result(
      status: process.terminationReason == .uncaughtSignal ? -code : code, output: output.text,
      errors: errors.text, firstOutput: output.firstByte.map { ($0 - start) / .seconds(1) }, seconds: seconds,
      memory: memory)
  }
}

/// Runs `whisker` in `folder` from start to end.
@discardableResult
func whisker(
  _ arguments: String..., in folder: TemporaryFolder, columns: UInt16? = nil, limit: Double = 60
) async throws -> ToolRun.Result {
  try await ToolRun(arguments, in: folder, columns: columns).finish(within: limit)
}
