import WhiskerTensor

/// A row per report, as `results.csv` has them.
struct ResultsTable {
  private static let header = [
    "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds", "images_per_second", "step",
    "learning_rate",
    "average_val_loss", "average_val_accuracy", "waiting_share",
  ]

  private let reports: ArraySlice<EpochReport>
  /// How many dropout rates are told, where they follow the training.
  let rateCount: Int

  init(_ reports: ArraySlice<EpochReport>) {
    self.reports = reports
    rateCount = reports.compactMap { $0.dropout?.rates.count }.max() ?? 0
  }

  /// All of it.
  var text: String { CSV.row(Self.header + dropoutHeader) + rows }
  /// The rows without the header.
  var rows: String { reports.map { CSV.row(row($0)) }.joined() }

  /// Dropout layers are counted from 1.
  private var dropoutHeader: [String] {
    rateCount > 0 ? ["train_loss"] + (1...rateCount).map { "dropout_\($0)" } : []
  }

  private func row(_ report: EpochReport) -> [String] {
    ["\(report.epoch)"]
      + [report.loss, report.accuracy, report.validationLoss, report.validationAccuracy].map(figure)
      + [fixed(report.seconds, 3), fixed(report.imagesPerSecond, 1)]
      + ["\(report.step)", "\(report.learningRate)"]
      + [report.averaged?.loss, report.averaged?.accuracy].map(figure)
      + [fixed(report.waitingShare, 4)] + dropout(report)
  }

  private func dropout(_ report: EpochReport) -> [String] {
    guard rateCount > 0 else { return [] }
    guard let dropout = report.dropout else { return Array(repeating: "", count: 1 + rateCount) }
    return ([dropout.trainingLoss] + dropout.rates).map { figure($0) }
  }

  /// Gives reports the times that the table at `path` has for them. What it does not have is not worth a failure.
  static func addTimes(to reports: inout [EpochReport], from path: String) {
    guard !reports.isEmpty, let bytes = try? FileBytes.read(path, limit: 1 << 30, followsLinks: false) else {
      return
    }
    let rows = CSV.parse(String(decoding: bytes, as: UTF8.self)).filter { $0.count >= header.count }
    let byStep = Dictionary(rows.map { ($0[7], $0) }) { $1 }
    for index in reports.indices {
      guard let row = byStep["\(reports[index].step)"] else { continue }
      reports[index].seconds = Double(row[5]) ?? 0
      reports[index].imagesPerSecond = Double(row[6]) ?? 0
      reports[index].waitingShare = Double(row[11]) ?? 0
    }
  }

  private func figure(_ value: Double?) -> String { value.map { fixed($0, 6) } ?? "" }
}

/// The file of such a table, which grows by a row with each report.
struct ResultsFile {
  private var file = GrowingFile()
  private var count = 0
  private var rateCount: Int?

  init() {}

  /// Adds what the file does not hold yet.
  /// - Throws: `FileError` when it cannot be written.
  mutating func write(_ reports: [EpochReport], to path: String) throws {
    let new = ResultsTable(reports[count...])
    guard let rateCount, new.rateCount == rateCount || count == reports.count else {
      let whole = ResultsTable(reports[...])
      try file.write(whole.text, to: path)
      (count, rateCount) = (reports.count, whole.rateCount)
      return
    }
    guard count < reports.count else { return }
    try file.append(new.rows, to: path) { ResultsTable(reports[...]).text }
    count = reports.count
  }
}
