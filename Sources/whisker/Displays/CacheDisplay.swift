import ArgumentParser
import WhiskerCore
import WhiskerData

/// Builds missing and stale caches, with a progress bar and messages.
struct CacheDisplay {
  private let builder: CacheBuilder
  private let overwrites: Bool
  private let isSilent: Bool

  /// - Parameters:
  ///   - overwrites: Whether existing files are replaced in any case.
  ///   - isSilent: Whether only warnings and errors are printed.
  init(_ builder: CacheBuilder, overwrites: Bool = false, isSilent: Bool = false) {
    (self.builder, self.overwrites, self.isSilent) = (builder, overwrites, isSilent)
  }

  /// Builds a shard at `path`, unless it is up to date.
  /// - Throws: `ExitCode` after an interruption, or the errors of the builder.
  func build(_ shard: Shard = .whole, at path: String) throws {
    if !overwrites {
      guard let reason = try builder.reasonToMake(shard, at: path) else {
        return report("Fresh     \(path)")
      }
      report("Building  \(path): \(reason.withFlags)")
    }
    try makeFolders(AtomicFile.folder(of: path))
    var bar = ReadingBar()
    let summary: CacheBuilder.Summary?
    do {
      summary = try StopLimit.run {
        try builder.write(shard, to: path, shouldStop: { Interruption.isWished }) { progress in
          if !isSilent { bar.draw(progress) }
        }
      } orEnd: {
        Self.reportStop(path)
      }
    } catch {
      bar.erase()
      throw error
    }
    bar.erase()
    guard let summary else {
      Self.reportStop(path)
      throw ExitCode(Interruption.exitStatus)
    }
    report(
      "Wrote     \(path): \(counted(summary.rows, "row")), \(megabytes(summary.size)) in \(duration(summary.seconds)), "
        + "\(grouped(Int(summary.imagesPerSecond))) images/s")
    FailureList(
      summary.skipped, count: summary.skippedCount, rest: "; whisker verify --format json DATA lists all"
    ).warn()
  }

  private static func reportStop(_ path: String) {
    ProgressLine.clearLine()
    Terminal.warn("Stopped by a signal; nothing was written to \(path)")
  }

  private func report(_ line: String) {
    if !isSilent { Terminal.print(paragraph: line) }
  }
}
