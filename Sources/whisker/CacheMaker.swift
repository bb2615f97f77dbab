import ArgumentParser
import WhiskerData
import WhiskerTensor

/// Makes caches where they are missing or stale, and tells what becomes of it.
struct CacheMaker {
  private let preprocessor: Preprocessor
  private let overwrites: Bool
  private let tells: Bool

  /// How many unreadable files are told one by one.
  private static let failuresShown = 10

  /// - Parameter overwrites: Whether what is there is replaced in any case.
  /// - Parameter tells: Whether anything but what went wrong is printed.
  init(_ preprocessor: Preprocessor, overwrites: Bool = false, tells: Bool = true) {
    (self.preprocessor, self.overwrites, self.tells) = (preprocessor, overwrites, tells)
  }

  /// Makes the file of a shard at `path`, unless it is there and fresh.
  /// - Throws: `ExitCode` when somebody wished the process to end; what the preprocessor throws.
  func make(_ shard: Shard = .whole, at path: String) throws {
    if !overwrites {
      guard let reason = try preprocessor.reasonToMake(shard, at: path) else {
        return say("Fresh     \(path)")
      }
      say("Making    \(path): \(reason)")
    }
    try makeFolders(AtomicFile.folder(of: path))
    var bar = PreprocessingBar()
    let summary: Preprocessor.Summary?
    do {
      summary = try preprocessor.write(shard, to: path, shouldStop: { Interruption.isWished }) { progress in
        if tells { bar.draw(progress) }
      }
    } catch {
      bar.erase()
      throw error
    }
    bar.erase()
    guard let summary else {
      Terminal.complain("Stopped by a signal; nothing was written to \(path)")
      throw ExitCode(Interruption.exitStatus)
    }
    tell(summary, path)
  }

  private func tell(_ summary: Preprocessor.Summary, _ path: String) {
    say(
      "Wrote     \(path): \(counted(summary.rows, "row")), \(megabytes(summary.size)) in \(duration(summary.seconds)), "
        + "\(grouped(Int(summary.imagesPerSecond))) images/s")
    guard summary.skippedCount > 0 else { return }
    Terminal.complain("Skipped \(counted(summary.skippedCount, "file")) that cannot be read:")
    for failure in summary.skipped.prefix(Self.failuresShown) {
      Terminal.complain("  \(failure.name): \(failure.reason)")
    }
    let rest = summary.skippedCount - Self.failuresShown
    guard rest > 0 else { return }
    Terminal.complain("  and \(counted(rest, "other")), listed by whisker verify --format json DATA")
  }

  private func say(_ line: String) {
    if tells { Terminal.tell(line) }
  }
}
