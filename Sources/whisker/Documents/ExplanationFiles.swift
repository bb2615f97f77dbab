import Glibc
import WhiskerCore
import WhiskerData
import WhiskerReport
import WhiskerTraining

/// The files of explained pictures in a folder: a PNG file for each picture, heatmaps.jsonl and index.html.
struct ExplanationFiles {
  let folder: String
  let overwrites: Bool

  private static let (tableName, pageName) = ("heatmaps.jsonl", "index.html")
  private var table: OutputFile { OutputFile("\(folder)/\(Self.tableName)", overwrites: overwrites) }
  private var page: OutputFile { OutputFile("\(folder)/\(Self.pageName)", overwrites: overwrites) }

  /// - Throws: `FileError` for files that exist and may not be replaced, or would become part of the data.
  func check(isOutside paths: [String]) throws {
    for file in [table, page] {
      try file.check()
      for path in paths.flatMap(PictureStream.paths) { try file.check(isOutside: path) }
    }
  }

  /// Writes the files as pictures are explained.
  final class Writer {
    private let files: ExplanationFiles
    private let classNames: [String]
    private let table: AtomicFile
    private var report: ExplanationReport
    private(set) var (count, failed) = (0, 0)

    /// A small picture is enlarged to at least half of it, in pixels.
    private static let leastSide = 448

    /// - Throws: `FileError` when the folder is not writable.
    init(_ files: ExplanationFiles, _ model: Model, _ heatMaps: HeatMaps, label: Int?) throws {
      (self.files, classNames) = (files, model.classNames)
      table = try AtomicFile(files.table.prepared())
      report = ExplanationReport(model, heatMaps, label: label, command: Arguments.command)
    }

    /// Adds a picture, or the reason why it cannot be read.
    /// - Throws: `FileError` when a file cannot be written.
    func add(_ answer: Explainer.Answer) throws {
      count += 1
      switch answer.result {
      case .success(let explanation):
        let overlay = HeatMapOverlay(
          explanation.picture, explanation.heatMap, leastSide: Self.leastSide)
        let name = PictureName(answer.path, number: count).text
        let file = try AtomicFile(
          OutputFile("\(files.folder)/\(name)", overwrites: files.overwrites).prepared())
        try overlay.png.withUnsafeBytes { try file.write($0) }
        try file.commit()
        report.add(answer, overlay)
        try write(ExplanationRecord(answer.path, explanation, image: name, classNames))
      case .failure(let error):
        failed += 1
        report.add(answer, nil)
        try write(ExplanationRecord(answer.path, error))
      }
    }

    private func write(_ record: ExplanationRecord) throws {
      try table.write(printable(json: try StableJSON.line(record)) + "\n")
    }

    /// Writes the page, and moves the table to its path, unless there is nothing in them.
    /// - Parameter isPartial: Whether there are pictures that were not added.
    /// - Throws: `FileError` when one cannot be written.
    func commit(isPartial: Bool) throws {
      guard count > 0 else { return }
      report.isPartial = isPartial
      try report.write(to: files.page.prepared())
      try table.commit()
    }
  }

  /// - Throws: `FileError` for a picture in the folder itself, or below it.
  func check(holdsNot picture: String) throws {
    guard let own = realpath(folder, nil) else { return }
    defer { free(own) }
    guard let other = realpath(AtomicFile.folder(of: picture), nil) else { return }
    defer { free(other) }
    guard (String(cString: other) + "/").hasPrefix(String(cString: own) + "/") else { return }
    throw FileError(folder, "holds the picture \(picture)", advice: "Choose another folder")
  }
}

/// The name of the file of a picture: its number, and the name of the picture in letters that every system allows.
struct PictureName {
  let text: String

  private static let digits = 4
  private static let limit = 60

  init(_ path: String, number: Int) {
    let name = path.utf8.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? []
    let end = name.lastIndex(of: UInt8(ascii: ".")) ?? name.count
    let plain = name[..<end].prefix(Self.limit).map { byte -> Character in
      let letter = Character(Unicode.Scalar(byte))
      let isPlain = byte < 0x80 && (letter.isLetter || letter.isNumber || "-._".contains(letter))
      return isPlain ? letter : "_"
    }
    let number = String(number)
    let zeros = String(repeating: "0", count: max(0, Self.digits - number.count))
    text = zeros + number + (plain.isEmpty ? "" : "-" + String(plain)) + ".png"
  }
}

/// A line of heatmaps.jsonl.
struct ExplanationRecord: Encodable {
  let path: String
  /// The name of the PNG file.
  var image: String?
  /// The predicted class and its probability.
  var label: String?
  var probability: Double?
  /// The class of the map and its probability.
  var `class`: String?
  var class_probability: Double?
  var height: Int?
  var width: Int?
  /// `[height, width]`, row by row, from 0 to 1.
  var values: [Double]?
  var error: String?

  /// The error of the picture at `path`.
  init(_ path: String, _ error: FileError) { (self.path, self.error) = (path, error.problem.withFlags) }

  init(
    _ path: String, _ explanation: Explainer.Explanation, image: String, _ classNames: [String]
  ) {
    (self.path, self.image) = (path, image)
    let (prediction, map) = (explanation.prediction, explanation.heatMap)
    let top = prediction.top(1)[0]
    (label, probability) = (classNames[top], prediction.probabilities[top])
    (`class`, class_probability) = (
      classNames[explanation.label], prediction.probabilities[explanation.label]
    )
    (height, width) = (map.height, map.width)
    values = map.values.map { (Double($0) * 1e6).rounded() / 1e6 }
  }
}
