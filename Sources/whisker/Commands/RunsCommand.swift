import ArgumentParser
import Glibc
import WhiskerCore
import WhiskerTraining

struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "List runs and sweeps, or compare two.",
    usage: "whisker runs [<path> ...]",
    discussion: """
      PATH is a run folder, a sweep folder, or a folder that contains some; the
      default is runs and sweeps. The table shows the dataset, the network, the
      epoch and the validation accuracy of the best weights (for a sweep, the
      mean of its best setting; for an ensemble, its own accuracy), and the time
      of the last result.

      With two runs, the table shows the settings that differ, and the results.

      Examples:
        whisker runs
        whisker runs experiments
        whisker runs runs/train1 runs/train2
      """)

  @Argument(
    help: ArgumentHelp(
      "Runs, sweeps, or folders that contain some. (default: runs and sweeps)", valueName: "path"),
    completion: .directory)
  var paths: [String] = []

  func run() throws {
    let runs = try paths.isEmpty ? ["runs", "sweeps"].flatMap(RunOverview.all) : paths.flatMap(overviews)
    guard !runs.isEmpty else {
      throw FileError(
        paths.isEmpty ? "runs" : paths.joined(separator: ", "), "contains no runs",
        advice: "Start one with whisker train FOLDER")
    }
    let isComparison = paths.count == 2 && runs.map(\.path) == paths.map { RunFolder(path: $0).path }
    let table = isComparison ? comparison(runs[0], runs[1]) : list(runs)
    for line in table.lines(columns: Terminal.width) { Terminal.print(line) }
    try Terminal.confirm()
  }

  private func overviews(_ path: String) throws -> [RunOverview] {
    do {
      return [try RunOverview(path)]
    } catch {
      let below = RunOverview.all(in: path)
      guard !below.isEmpty else { throw error }
      return below
    }
  }

  private func list(_ runs: [RunOverview]) -> Table {
    var table = Table([.path, .path, .left, .right, .right, .left])
    table.add(["run", "data", "network", "epoch", "val_accuracy", "when"].map { StyledText($0, .faint) })
    for run in runs {
      let figures = Dictionary(uniqueKeysWithValues: run.results.map { ($0.name, $0.value) })
      table.add([
        printable(run.path), printable(run.configuration.data.place), run.networkName, figures["epoch"] ?? "",
        figures["val_accuracy"] ?? "", date(run.modified),
      ])
    }
    return table
  }

  private func comparison(_ one: RunOverview, _ other: RunOverview) -> Table {
    var table = Table([.left, .path, .path])
    table.add(["", one.path, other.path].map { StyledText(printable($0), .faint) })
    for (mine, others) in zip(one.settings, other.settings) where mine.value != others.value {
      table.add([mine.name, mine.value, others.value].map { printable($0) })
    }
    for (mine, others) in zip(one.results, other.results) {
      table.add([mine.name, mine.value, others.value])
    }
    return table
  }

  /// Local time: "2026-11-28 19:30".
  private func date(_ seconds: Int) -> String {
    var (time, parts) = (time_t(seconds), tm())
    localtime_r(&time, &parts)
    var buffer = [CChar](repeating: 0, count: 32)
    let length = strftime(&buffer, buffer.count, "%Y-%m-%d %H:%M", &parts)
    return String(decoding: buffer.prefix(length).map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
  }
}
