import Glibc
import WhiskerNN
import WhiskerCore

/// The environment of the benchmarks.
struct BenchContext {
  /// The path of the whisker binary.
  let whisker: String
  /// A folder with the four files of MNIST.
  let digits: String
  /// A folder of JPEG photos, if given.
  let photos: String?
  /// A Python interpreter with the peers, if they are to be measured.
  let python: String?
  /// The folder of the scripts that run the peers.
  let peers: String
  /// A folder for temporary files.
  let scratch: String
  let runs: Int
  /// Whether to check only that everything works.
  let isQuick: Bool
  /// The multiply-add rate of all cores in GFLOP/s.
  var peak = 0.0

  /// Runs `body` the requested number of times, after waiting for an idle machine.
  func measure(_ once: () throws -> Double) throws -> [Double] {
    waitForQuiet()
    return try (0..<runs).map { _ in try once() }
  }

  /// Waits up to a minute until the machine is idle. The load average is not used, because it lags by minutes.
  func waitForQuiet() {
    guard !isQuick else { return }
    var busy = 0.0
    for _ in 0..<60 {
      let before = ProcessorTime.now
      sleep(1)
      busy = ProcessorTime.now.busyShare(since: before)
      guard busy > 0.05 else { return }
    }
    complain("the machine is busy (\(fixed(100 * busy, 0)) % of its cores): the results will be low")
  }

  /// The output of a peer's script: one number per line.
  func figures(_ script: String, _ arguments: String...) throws -> [Double]? {
    guard let python else { return nil }
    waitForQuiet()
    let process = try Subprocess([python, "\(peers)/\(script)"] + arguments)
    return process.lines.compactMap { Double($0.text) }
  }

  /// Runs a training in a new folder. Returns the process and the rows of `results.csv`.
  func train(_ data: String, _ options: [String]) throws -> (process: Subprocess, epochs: [Epoch]) {
    let run = "\(scratch)/run"
    let process = try Subprocess(
      [whisker, "train", data, "--output", run, "--overwrite"] + options
        + (options.contains("--verbose") ? [] : ["--verbose", "0"]))
    let table = String(decoding: try FileBytes.read("\(run)/results.csv", limit: 1 << 20), as: UTF8.self)
    return (process, Epoch.rows(of: table))
  }

  /// A row of `results.csv`.
  struct Epoch {
    let imagesPerSecond: Double

    /// The rows of a CSV file, whose first line names the columns.
    static func rows(of table: String) -> [Epoch] {
      let lines = table.split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false)
      }
      guard let column = lines.first?.firstIndex(of: "images_per_second") else { return [] }
      return lines.dropFirst().compactMap { Double($0[column]).map(Epoch.init) }
    }
  }
}

/// Prints a message to standard error.
func complain(_ text: String) {
  let line = Array("bench: \(text)\n".utf8)
  _ = write(STDERR_FILENO, line, line.count)
}
