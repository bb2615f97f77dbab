import Glibc

/// A program that has run to its end, and the lines of its output.
struct Subprocess {
  struct Failure: Error, CustomStringConvertible { let description: String }

  /// The wall-clock time in seconds.
  private(set) var seconds = 0.0
  /// The peak resident memory in MB.
  private(set) var megabytes = 0.0
  /// The most memory in MB that it held at the end of a line, without mapped files.
  private(set) var anonymousMegabytes = 0.0
  /// The lines of its standard output.
  private(set) var lines: [Line] = []

  struct Line {
    let text: String
    /// The time since the start in seconds.
    let seconds: Double
  }

  /// Runs `command`. It inherits standard error.
  /// - Parameter isEnough: Called after every line; returns whether to interrupt the program.
  init(_ command: [String], until isEnough: (String) -> Bool = { _ in false }) throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else {
      throw Failure(description: "cannot create a pipe: \(String(cString: strerror(errno)))")
    }
    defer { close(ends[0]) }
    // Close-on-exec: the child only uses a duplicate of the writing end.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let start = ContinuousClock.now
    let process = try Self.start(command, output: ends[1])
    close(ends[1])
    var isInterrupted = false
    try Self.forEachLine(of: ends[0]) { text in
      lines.append(Line(text: text, seconds: (ContinuousClock.now - start) / .seconds(1)))
      anonymousMegabytes = max(anonymousMegabytes, Self.anonymousMegabytes(of: process))
      guard !isInterrupted, isEnough(text) else { return }
      isInterrupted = true
      kill(process, SIGINT)
    }
    var status: Int32 = 0
    var usage = rusage()
    while wait4(process, &status, 0, &usage) < 0, errno == EINTR {}
    seconds = (ContinuousClock.now - start) / .seconds(1)
    megabytes = Double(usage.ru_maxrss) / 1000
    guard status == 0 || isInterrupted else {
      throw Failure(description: "\(command.joined(separator: " ")) failed")
    }
  }

  private static func start(_ command: [String], output: Int32) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    let arguments = command.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var process: pid_t = 0
    let problem = posix_spawnp(&process, command[0], &actions, nil, arguments, environ)
    guard problem == 0 else {
      throw Failure(description: "cannot start \(command[0]): \(String(cString: strerror(problem)))")
    }
    return process
  }

  /// The memory of a running process without mapped files; 0 after its end.
  private static func anonymousMegabytes(of process: pid_t) -> Double {
    guard let file = fopen("/proc/\(process)/status", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        .split(separator: "\t")
      guard words.first == "RssAnon:", let kilobytes = words.last?.split(separator: " ").first else {
        continue
      }
      return (Double(kilobytes) ?? 0) * 1.024e-3
    }
    return 0
  }

  private static func forEachLine(of descriptor: Int32, _ body: (String) -> Void) throws {
    var rest: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      rest += chunk[..<count]
      while let end = rest.firstIndex(of: 10) {
        body(String(decoding: rest[..<end], as: UTF8.self))
        rest.removeSubrange(...end)
      }
    }
    if !rest.isEmpty { body(String(decoding: rest, as: UTF8.self)) }
  }
}
