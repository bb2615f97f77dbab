import ArgumentParser
import Glibc
import WhiskerData
import WhiskerNN
import WhiskerTensor
import WhiskerTraining

@main
struct Whisker: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "whisker",
    abstract: "Train an image classifier on a folder of pictures.",
    discussion: """
      Point it at a folder that holds a folder of pictures per class:

        whisker train photos
        whisker predict runs/train1 new-photo.jpg

      Exit status: 0 done, 1 failed, 2 wrong usage, 128 + n ended by signal n
      (130 for Ctrl-C).
      """,
    version: "\(Version.current) (kernels: \(Machine.kernels))",
    subcommands: [
      TrainCommand.self, SweepCommand.self, WatchCommand.self, EvaluateCommand.self, PredictCommand.self,
      RunsCommand.self,
      PreprocessCommand.self,
      VerifyCommand.self, InspectCommand.self, ExportCommand.self, ImportCommand.self,
    ])

  /// Every error begins with the name of the tool.
  static var _errorPrefix: String { "" }

  private static func report(_ error: String) {
    Terminal.complain(StyledText("whisker:", .red) + StyledText(" " + error))
  }

  /// Reports wrong usage, which takes several lines.
  private static func report(usage text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    report(lines.first ?? "")
    for line in lines.dropFirst() { Terminal.complain(line) }
  }

  static func main() {
    StandardDescriptors.open()
    EndingSignals.restore()
    // A write beyond the limit (ulimit -f) then fails, and is reported as a full disk is.
    signal(SIGXFSZ, SIG_IGN)
    reportAllocationFailures()
    var command: any ParsableCommand
    do {
      command = try parseAsRoot(Arguments.parsed())
    } catch {
      Terminal.isSilent = Ranks.isSpokenFor
      let status = exitCode(for: error)
      if !status.isSuccess { Ranks.endUnlessFirst(status == .validationFailure ? 2 : 1) }
      leave(error)
    }
    MappedFileFault.listen()
    do {
      if command.isDivided { try Ranks.join() }
      try command.run()
      Ranks.leave()
    } catch let error as ValidationError {
      leave(error, whileRunning: type(of: command))
    } catch {
      leave(error)
    }
  }

  /// Ends the process as the error asks for.
  private static func leave(_ error: any Error) -> Never {
    if let code = error as? ExitCode { Ranks.end(code.rawValue) }
    switch exitCode(for: error) {
    case .success:
      Terminal.isSilent = Ranks.isSpokenFor
      Terminal.write(fullMessage(for: error) + "\n")
      Glibc.exit(0)
    case .validationFailure:
      report(usage: UsageError(error).text)
      Glibc.exit(2)
    default:
      let text = (error as? LayoutError)?.textWithOption ?? "\(error)"
      Ranks.reportFailure(text)
      report(Ranks.place + text)
      Ranks.end(1)
    }
  }

  /// Ends the process for a misuse that only the running command could notice; the parser no longer knows which.
  private static func leave(_ error: ValidationError, whileRunning command: any ParsableCommand.Type) -> Never
  {
    Ranks.reportFailure("\(error)")
    let name = command.configuration.commandName ?? ""
    report("\(error)")
    for (place, line) in usageString(for: command).split(separator: "\n").enumerated() {
      Terminal.complain((place == 0 ? "Usage: " : "       ") + line)
    }
    Terminal.complain("  See 'whisker \(name) --help' for more information.")
    Ranks.end(2)
  }
}
