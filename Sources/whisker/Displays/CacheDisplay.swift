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
    var bar = ProgressLine()
    let summary: CacheBuilder.Summary?
    do {
      summary = try builder.write(shard, to: path, shouldStop: { Interruption.isWished }) { progress in
        if !isSilent { Self.draw(progress, in: &bar) }
      }
    } catch {
      bar.erase()
      throw error
    }
    bar.erase()
    guard let summary else {
      Terminal.warn("Stopped by a signal; nothing was written to \(path)")
      throw ExitCode(Interruption.exitStatus)
    }
    report(
      "Wrote     \(path): \(counted(summary.rows, "row")), \(megabytes(summary.size)) in \(duration(summary.seconds)), "
        + "\(grouped(Int(summary.imagesPerSecond))) images/s")
    FailureList(
      summary.skipped, count: summary.skippedCount, rest: "; whisker verify --format json DATA lists all"
    ).warn()
  }

  private static func draw(_ progress: CacheBuilder.Progress, in bar: inout ProgressLine) {
    let left = Double(progress.total - progress.done) / progress.imagesPerSecond
    bar.draw {
      [
        ProgressLine.bar(progress.done, of: progress.total),
        "\(grouped(progress.done))/\(grouped(progress.total))", StyledText("ETA " + duration(left)),
        "\(grouped(Int(progress.imagesPerSecond))) images/s",
      ]
    }
  }

  private func report(_ line: String) {
    if !isSilent { Terminal.print(paragraph: line) }
  }
}
