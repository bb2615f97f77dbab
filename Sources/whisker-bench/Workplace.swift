import Glibc
import WhiskerNN
import WhiskerTensor

/// What the benchmarks work with.
struct Workplace {
  /// The tool that is measured.
  let whisker: String
  /// A folder with MNIST's four files.
  let digits: String
  /// A folder of JPEG photos, if there is one.
  let photos: String?
  /// A Python that has the peers, if they are to be measured.
  let python: String?
  /// The folder of the scripts that run the peers.
  let peers: String
  /// A folder for what comes up.
  let scratch: String
  let runs: Int
  /// Whether it is only to be seen that everything works.
  let isQuick: Bool
  /// Multiply-add rate of all cores, in GFLOP/s.
  var peak = 0.0

  /// Measures as often as asked, once the machine is quiet.
  func measure(_ once: () throws -> Double) throws -> [Double] {
    waitForQuiet()
    return try (0..<runs).map { _ in try once() }
  }

  /// Waits a minute at most until other work is done. The load average would not do: it tells for minutes of what is over.
  func waitForQuiet() {
    guard !isQuick else { return }
    var busy = 0.0
    for _ in 0..<60 {
      let before = ProcessorTime.now
      sleep(1)
      busy = ProcessorTime.now.busyShare(since: before)
      guard busy > 0.05 else { return }
    }
    complain("the machine is busy (\(fixed(100 * busy, 0)) % of its cores): the figures will be low")
  }

  /// What a peer's script prints: a number a line.
  func figures(_ script: String, _ arguments: String...) throws -> [Double]? {
    guard let python else { return nil }
    waitForQuiet()
    let process = try Subprocess([python, "\(peers)/\(script)"] + arguments)
    return process.lines.compactMap { Double($0.text) }
  }

  /// A training in a fresh folder, and the rows of its `results.csv`.
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

    /// The rows of a table, whose first line names the columns.
    static func rows(of table: String) -> [Epoch] {
      let lines = table.split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false)
      }
      guard let column = lines.first?.firstIndex(of: "images_per_second") else { return [] }
      return lines.dropFirst().compactMap { Double($0[column]).map(Epoch.init) }
    }
  }
}

/// Says something that is no figure.
func complain(_ text: String) {
  let line = Array("bench: \(text)\n".utf8)
  _ = write(STDERR_FILENO, line, line.count)
}
