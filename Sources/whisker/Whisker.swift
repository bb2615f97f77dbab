import ArgumentParser
import Glibc
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

      Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
      """,
    version: "\(Version.current) (kernels: \(Machine.kernels))",
    subcommands: [
      TrainCommand.self, SweepCommand.self, WatchCommand.self, EvaluateCommand.self, PredictCommand.self,
      PreprocessCommand.self,
      VerifyCommand.self, InspectCommand.self, ExportCommand.self, ImportCommand.self,
    ])

  static func main() {
    var command: any ParsableCommand
    do {
      command = try parseAsRoot()
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
      Terminal.print(fullMessage(for: error))
      Glibc.exit(0)
    case .validationFailure:
      Terminal.complain(fullMessage(for: error))
      Glibc.exit(2)
    default:
      Ranks.reportFailure("\(error)")
      Terminal.complain(StyledText("whisker:", .red) + " \(Ranks.place)\(error)")
      Ranks.end(1)
    }
  }

  /// Ends the process for a misuse that only the running command could notice; the parser no longer knows which.
  private static func leave(_ error: ValidationError, whileRunning command: any ParsableCommand.Type) -> Never
  {
    Ranks.reportFailure("\(error)")
    let name = command.configuration.commandName ?? ""
    Terminal.complain("Error: \(error)")
    let usage = usageString(for: command).split(separator: "\n").joined(separator: "\n       ")
    Terminal.complain("Usage: " + usage)
    Terminal.complain("  See 'whisker \(name) --help' for more information.")
    Ranks.end(2)
  }
}
