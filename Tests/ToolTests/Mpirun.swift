import Foundation
import TestSupport

/// A job of several processes, as `mpirun` starts it: with the tool that was built with the package's trait MPI.
enum Mpirun {
  /// That tool, which scripts/test names; nil where there is none.
  static let tool = ProcessInfo.processInfo.environment["WHISKER_MPI"].flatMap {
    FileManager.default.isExecutableFile(atPath: $0) ? $0 : nil
  }
  private static let launcher = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .map { "\($0)/mpirun" }.first { FileManager.default.isExecutableFile(atPath: $0) }

  static var isPossible: Bool { tool != nil && launcher != nil }

  /// Starts `count` processes of the tool, or of another program.
  /// - Parameter binds: Whether each process gets cores of its own, where there are as many.
  static func start(
    _ count: Int, _ arguments: [String], in folder: TemporaryFolder, program: String? = nil,
    binds: Bool = false
  ) throws -> ToolRun {
    guard let tool, let launcher else { throw ToolRun.Failure("there is no mpirun, or no tool to start") }
    // CI runs as root, and has fewer cores than there are processes.
    let permission = ["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"]
    let binding = binds ? [] : ["--bind-to", "none"]
    // Foundation's Process hands on a mask that blocks signals, which mpirun leaves as it is.
    return try ToolRun(
      ["--default-signal=INT,TERM", launcher, "--oversubscribe"] + binding + [
        "-n", "\(count)", program ?? tool,
      ] + arguments, in: folder,
      environment: permission, program: URL(fileURLWithPath: "/usr/bin/env"))
  }

  /// Runs `count` processes of the tool from start to end.
  @discardableResult
  static func run(_ count: Int, _ arguments: String..., in folder: TemporaryFolder) async throws
    -> ToolRun.Result
  {
    try await start(count, arguments, in: folder).finish()
  }

  /// The processes that a process has started.
  static func children(of parent: Int32) -> [Int32] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.compactMap { Int32($0) }.filter { process in
      let status = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
      // The name before it, in parentheses, may hold anything.
      let fields = status.split(separator: ")").last?.split(separator: " ") ?? []
      return fields.count > 1 && Int32(fields[1]) == parent
    }.sorted()
  }
}
