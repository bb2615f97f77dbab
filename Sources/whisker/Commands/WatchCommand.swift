import ArgumentParser
import Glibc
import WhiskerCore
import WhiskerTraining

struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Show the live report of a run in a browser.",
    usage: "whisker watch [<options>] <run>",
    discussion: """
      Serves RUN/report.html on 127.0.0.1, for this machine only, and refreshes
      it while the training writes it. Ctrl-C stops serving; the training
      continues.

      Examples:
        whisker watch runs/train1
        whisker watch runs/train1 --port 8080
      """)

  @Argument(
    help: ArgumentHelp("Run folder.", valueName: "run"), completion: .directory)
  var path: String

  @Option(help: ArgumentHelp("Port.", valueName: "number"))
  var port = LivePort.free

  func validate() throws { try port.check("--port") }

  func run() throws {
    let folder = RunFolder(path: path)
    guard folder.isRun else {
      throw FileError(path, "is not a run folder", advice: "Pass the folder of a run, such as runs/train1")
    }
    try folder.checkLinks()
    Interruption.listen()
    let view = try LiveView(folder.report, on: port.number)
    Terminal.print(paragraph: "Watching  \(folder.path) at \(view.address) (stop with Ctrl-C)")
    for line in SSHTunnel.lines(to: view.address) { Terminal.print(paragraph: line) }
    while !Interruption.isWished, view.isShown { usleep(50_000) }
    view.end()
    throw ExitCode(Interruption.isWished ? Interruption.exitStatus : 1)
  }
}
