import Foundation
import TestSupport
import Testing

/// A job of several processes, as `mpirun` starts it.
enum Mpirun {
  /// The library that scripts/build-mpi made, which scripts/test names; nil where there is none.
  static let library = ProcessInfo.processInfo.environment["WHISKER_MPI"].flatMap {
    FileManager.default.fileExists(atPath: $0) ? $0 : nil
  }
  private static let launcher = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .map { "\($0)/mpirun" }.first { FileManager.default.isExecutableFile(atPath: $0) }

  /// What a suite of such jobs is run under.
  static var condition: ConditionTrait {
    .enabled(
      if: library != nil && launcher != nil,
      "there is no mpirun (scripts/setup --mpi), or WHISKER_MPI names no library that scripts/build-mpi made"
    )
  }

  /// CI runs as root, and has fewer cores than there are processes. Open MPI's launcher is told so by variables, as MPICH's
  /// does not know its options.
  private static let permissions = [
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMPI_MCA_hwloc_base_binding_policy": "none",
  ]

  /// Starts `count` processes of the tool.
  static func start(
    _ count: Int, _ arguments: [String], in folder: TemporaryFolder,
    environment: [String: String] = [:]
  ) throws -> ToolRun {
    guard let launcher else { throw ToolRun.Failure("there is no mpirun") }
    // Foundation's Process hands on a mask that blocks signals, which mpirun leaves as it is.
    return try ToolRun(
      ["--default-signal=INT,TERM", launcher, "-n", "\(count)", ToolRun.tool.path] + arguments, in: folder,
      environment: permissions.merging(environment) { $1 }, program: URL(fileURLWithPath: "/usr/bin/env"))
  }

  /// Runs `count` processes of the tool from start to end.
  @discardableResult
  static func run(_ count: Int, _ arguments: String..., in folder: TemporaryFolder) async throws
    -> ToolRun.Result
  {
    try await start(count, arguments, in: folder).finish()
  }

  /// The processes of the job that a launcher has started, of MPICH's through another process.
  static func processes(of launcher: Int32) -> [Int32] {
    children(of: launcher).flatMap { child in
      let own = processes(of: child)
      return own.isEmpty ? [child] : own
    }
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
