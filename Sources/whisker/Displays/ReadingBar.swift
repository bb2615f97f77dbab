import ArgumentParser
import WhiskerCore
import WhiskerData
import WhiskerTraining

/// The progress of reading samples, redrawn in place at a terminal: the number of samples, the time left and the rate.
struct ReadingBar {
  private let title: String
  private var line = ProgressLine()
  private var last: CacheBuilder.Progress?

  /// - Parameter title: What happens to the samples, before the bar; empty for none.
  init(_ title: String = "") { self.title = title }

  /// Draws the bar, at most ten times per second.
  mutating func draw(_ progress: CacheBuilder.Progress) {
    last = progress
    let (title, left) = (title, Double(progress.total - progress.done) / progress.imagesPerSecond)
    line.draw {
      [
        StyledText(title), ProgressLine.bar(progress.done, of: progress.total),
        "\(grouped(progress.done))/\(grouped(progress.total))", StyledText("ETA " + duration(left)),
        "\(grouped(Int(progress.imagesPerSecond))) images/s",
      ].filter { !$0.text.isEmpty }
    }
  }

  /// Draws the progress of reading so many samples since `start`, at most ten times per second.
  /// - Parameter total: The number of all samples; nil if it is unknown.
  mutating func draw(_ done: Int, of total: Int?, since start: ContinuousClock.Instant) {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    if let total, total >= done { return draw(.init(done: done, total: total, seconds: seconds)) }
    let title = title
    line.draw {
      [StyledText(title), "\(grouped(done))", "\(grouped(Int(Double(done) / max(seconds, 1e-9)))) images/s"]
    }
  }

  mutating func erase() { line.erase() }

  /// Erases the bar, and prints what was read, if there was anything.
  mutating func conclude() {
    erase()
    guard let last else { return }
    let time = duration(Double(last.done) / max(last.imagesPerSecond, 1e-9))
    Terminal.print(
      paragraph: title + String(repeating: " ", count: max(1, Paragraph.labelWidth - title.count))
        + "\(counted(last.done, "picture")) in \(time), \(grouped(Int(last.imagesPerSecond))) images/s")
  }
}

/// Computes the features of a training's pictures before its first epoch, with a progress bar.
struct FeatureDisplay {
  private let verbosity: TrainingDisplay.Verbosity

  init(_ verbosity: TrainingDisplay.Verbosity) { self.verbosity = verbosity }

  /// - Throws: `ExitCode` after an interruption, or the errors of reading.
  func prepare(_ session: TrainingSession, _ folder: RunFolder) throws {
    var bar = ReadingBar("Features")
    defer { bar.erase() }
    let resumed = session.resumed == nil ? nil : ["whisker", "train", "--resume", folder.path]
    let report = { @Sendable [verbosity] in
      Self.reportStop("features were computed", resuming: resumed, verbosity)
    }
    let isDone = try StopLimit.run {
      try session.prepareFeatures(shouldStop: { Interruption.isWished }) {
        if verbosity != .silent { bar.draw($0) }
      }
    } orEnd: {
      report()
      folder.discardIfWithoutModel()
    }
    guard !isDone else {
      if verbosity != .silent { bar.conclude() }
      return
    }
    report()
    throw ExitCode(Interruption.exitStatus)
  }

  /// Reports an interruption before a training.
  /// - Parameter activity: What was interrupted.
  /// - Parameter command: The command that resumes the training; nil for a new one.
  static func reportStop(
    _ activity: String, resuming command: [String]?, _ verbosity: TrainingDisplay.Verbosity
  ) {
    ProgressLine.clearLine()
    guard verbosity != .silent else { return }
    let kept = command.map { "what was trained is kept. Continue with: \(ShellWords($0).text)" }
    Terminal.warn("Stopped by a signal while \(activity); \(kept ?? "nothing was written")")
  }
}
