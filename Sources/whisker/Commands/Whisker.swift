import ArgumentParser
import Glibc
import WhiskerData
import WhiskerNN
import WhiskerCore
import WhiskerTraining

@main
struct Whisker: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "whisker",
    abstract: "Train image classifiers on folders of pictures.",
    discussion: """
      Quick start, with one folder of pictures per class:

        whisker train photos
        whisker predict runs/train1 new-photo.jpg

      Exit status: 0 success, 1 failure, 2 wrong usage, 128 + n when stopped by
      signal n (130 for Ctrl-C).
      """,
    version: "\(Version.current) (kernels: \(Machine.kernels))",
    subcommands: [
      TrainCommand.self, SweepCommand.self, WatchCommand.self, EvaluateCommand.self, PredictCommand.self,
      ExplainCommand.self, ServeCommand.self, EmbedCommand.self, RunsCommand.self,
      PreprocessCommand.self,
      VerifyCommand.self, AuditCommand.self, InspectCommand.self, ExportCommand.self, ImportCommand.self,
    ])

  /// Errors start with the name of the tool instead.
  static var _errorPrefix: String { "" }

  private static func report(_ error: String) {
    Terminal.warn(StyledText("whisker:", .red) + StyledText(" " + error))
  }

  /// Prints a message of several lines about wrong usage.
  private static func report(usage text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    report(lines.first ?? "")
    for line in lines.dropFirst() { Terminal.warn(line) }
  }

  static func main() {
    StandardDescriptors.open()
    EndingSignals.restore()
    // A write beyond `ulimit -f` then fails like one on a full disk.
    signal(SIGXFSZ, SIG_IGN)
    reportAllocationFailures(
      """
      whisker: out of memory: the machine, the container or ulimit -v has no more. Use fewer --workers, a smaller \
      --batch-size or a smaller network

      """)
    var command: any ParsableCommand
    do {
      command = try parseAsRoot(Arguments.parsed())
    } catch {
      Terminal.isSilent = ProcessGroup.isMuted
      let status = exitCode(for: error)
      if !status.isSuccess { ProcessGroup.endUnlessFirst(status == .validationFailure ? 2 : 1) }
      exit(error)
    }
    MappedFileFault.listen()
    do {
      if command.isDivided { try ProcessGroup.join() }
      try command.run()
      ProcessGroup.leave()
    } catch let error as ValidationError {
      exit(error, whileRunning: type(of: command))
    } catch {
      exit(error)
    }
  }

  /// Ends the process with the message and the status of the error.
  private static func exit(_ error: any Error) -> Never {
    if let code = error as? ExitCode { ProcessGroup.end(code.rawValue) }
    switch exitCode(for: error) {
    case .success:
      Terminal.isSilent = ProcessGroup.isMuted
      Terminal.write(fullMessage(for: error) + "\n")
      Glibc.exit(0)
    case .validationFailure:
      report(usage: UsageError(error, of: Whisker.self).text)
      Glibc.exit(2)
    default:
      let text = errorText(error)
      ProcessGroup.reportFailure(text)
      report(ProcessGroup.place + text)
      ProcessGroup.end(1)
    }
  }

  /// Ends the process for wrong usage that the running command found, for which the parser has no message.
  private static func exit(_ error: ValidationError, whileRunning command: any ParsableCommand.Type) -> Never
  {
    ProcessGroup.reportFailure("\(error)")
    let name = command.configuration.commandName ?? ""
    report("\(error)")
    for (place, line) in usageString(for: command).split(separator: "\n").enumerated() {
      Terminal.warn((place == 0 ? "Usage: " : "       ") + line)
    }
    Terminal.warn("  See 'whisker \(name) --help' for more information.")
    ProcessGroup.end(2)
  }
}
