import WhiskerCore
import WhiskerTraining

/// Writes the report of a sweep whenever its tables are written.
public final class SweepReporter: SweepObserver {
  /// A reporter for any sweep.
  public init() {}

  /// Writes the report.
  /// - Throws: `FileError` when it cannot be written.
  public func tablesWritten(_ context: SweepContext) throws {
    try AtomicFile.write(SweepReport(context: context).page.text, to: context.currentFolder.run.report)
  }
}
