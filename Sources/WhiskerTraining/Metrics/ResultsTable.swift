import WhiskerCore

/// A row per report and a column per metric, as in `results.csv`.
struct ResultsTable {
  private static let epoch = "epoch"
  /// What a time, a rate or a fraction in a table can be. A damaged table may hold any number.
  private static let timeRange = 0.0...1e9

  private let reports: ArraySlice<EpochReport>
  /// How many columns each metric has.
  private let widths: [Int]

  init(_ reports: ArraySlice<EpochReport>) {
    self.reports = reports
    widths = Metrics.all.map { metric in
      metric.isList || metric.kind == .dropout
        ? reports.map { $0.values(of: metric).count }.max() ?? 0 : 1
    }
  }

  /// The header and the rows.
  var text: String { CSV.row(header) + rows }
  /// The rows without the header.
  var rows: String { reports.map { CSV.row(row($0)) }.joined() }

  /// The names of the columns. The elements of a list are counted from 1.
  var header: [String] {
    [Self.epoch]
      + zip(Metrics.all, widths).flatMap { metric, width in
        metric.isList ? (0..<width).map { "\(metric.key)_\($0 + 1)" } : width > 0 ? [metric.key] : []
      }
  }

  private func row(_ report: EpochReport) -> [String] {
    ["\(report.epoch)"]
      + zip(Metrics.all, widths).flatMap { metric, width in
        let cells = report.values(of: metric).map(metric.fileText)
        return cells + Array(repeating: "", count: max(0, width - cells.count))
      }
  }

  /// Gives reports the times that the table at `path` has for them. A table that cannot be read is no failure.
  static func addTimes(to reports: inout [EpochReport], from path: String) {
    guard !reports.isEmpty, let bytes = try? FileBytes.read(path, limit: 1 << 30, followsLinks: false) else {
      return
    }
    let rows = CSV.parse(String(decoding: bytes, as: UTF8.self))
    guard let header = rows.first, let step = header.firstIndex(of: StepCount().key) else { return }
    let byStep = Dictionary(rows.dropFirst().filter { $0.count > step }.map { ($0[step], $0) }) { $1 }
    for metric in Metrics.all where metric.kind == .time {
      guard let column = header.firstIndex(of: metric.key) else { continue }
      for index in reports.indices {
        guard let row = byStep["\(reports[index].step)"], row.count > column else { continue }
        let value = Double(row[column]) ?? 0
        reports[index].set(metric, [timeRange.contains(value) ? value : 0])
      }
    }
  }
}

/// The file of such a table, which grows by a row with each report.
struct ResultsFile {
  private var file = GrowingFile()
  private var count = 0
  private var header: [String]?

  init() {}

  /// Adds the reports that the file does not hold yet.
  /// - Throws: `FileError` when it cannot be written.
  mutating func write(_ reports: [EpochReport], to path: String) throws {
    let new = ResultsTable(reports[count...])
    guard let header, new.header == header || count == reports.count else {
      let whole = ResultsTable(reports[...])
      try file.write(whole.text, to: path)
      (count, self.header) = (reports.count, whole.header)
      return
    }
    guard count < reports.count else { return }
    try file.append(new.rows, to: path) { ResultsTable(reports[...]).text }
    count = reports.count
  }
}
