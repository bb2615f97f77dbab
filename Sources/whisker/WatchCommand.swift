import ArgumentParser
import Glibc
import WhiskerTensor
import WhiskerTraining

struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Show the report of a run in the browser, as it grows.",
    usage: "whisker watch [<options>] <run>",
    discussion: """
      The page is RUN/report.html, which every training keeps; it renews itself
      while the training goes on. It is shown on this machine only (127.0.0.1),
      and nothing but it. Ctrl-C ends it; the training goes on.

      Examples:
        whisker watch runs/train1
        whisker watch runs/train1 --port 8080
      """)

  @Argument(help: ArgumentHelp("The folder of a run.", valueName: "run"), completion: .directory)
  var path: String

  @Option(help: ArgumentHelp("The port to show it on.", valueName: "number"))
  var port = LivePort.free

  func validate() throws { try port.check("--port") }

  func run() throws {
    let folder = RunFolder(path: path)
    guard folder.isRun else {
      throw FileError(path, "is no run", advice: "Name the folder of a run: runs/train1")
    }
    try folder.checkLinks()
    Interruption.listen()
    let view = try LiveView(folder.report, on: port)
    Terminal.tell("Watching  \(folder.path) at \(view.address) (Ctrl-C ends it)")
    for line in SSHTunnel.lines(to: view.address) { Terminal.tell(line) }
    while !Interruption.isWished, view.isShown { usleep(50_000) }
    view.end()
    throw ExitCode(Interruption.isWished ? Interruption.exitStatus : 1)
  }
}
