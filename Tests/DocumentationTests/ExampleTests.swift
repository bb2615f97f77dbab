import Foundation
import TestSupport
import Testing
import WhiskerData
import WhiskerCore
import WhiskerTraining

/// The examples of the articles.
@Suite struct ExampleTests {
  private let folder: TemporaryFolder
  private let photos = Fixtures.samples + "/cats-dogs/train"

  init() throws { folder = try TemporaryFolder() }

  @Test("The libraries train, go on, predict and measure as the article says")
  func libraryUse() throws {
    var said: [String] = []
    let runs = folder.path("runs")
    #expect(try train(photos: photos, runs: runs) { said.append($0) }.epochs.count == 5)
    #expect(said.count == 5 && said.last?.hasPrefix("epoch 5: loss 0.") == true)
    #expect(try resume(run: runs + "/train1").epochs.count == 7)
    said = []
    try predict(run: runs + "/train1", pictures: [photos + "/cat/000.png"]) { said.append($0) }
    try evaluate(run: runs + "/train1", photos: photos) { said.append($0) }
    #expect(said.first?.contains("/cat/000.png: ") == true)
    let accuracy = said.last?.firstMatch(of: #/accuracy (0\.\d+), loss 0\./#).flatMap { Double($0.1) }
    #expect(try #require(accuracy) > 0.55)
  }

  @Test("Steps by hand make the loss fall")
  func stepsByHand() throws {
    // Upper and lower halves, black on white.
    let images = (0..<8).flatMap { sample in
      (0..<784).map { ($0 < 392) == (sample % 2 == 0) ? UInt8(0) : 255 }
    }
    let losses = try trainByHand(images: images, labels: (0..<8).map { Int32($0 % 2) }, steps: 20)
    #expect(losses.count == 20 && losses[19] < losses[0] / 4)
  }

  /// The lines of a table: bands of gray at one of three heights.
  private let lines = (0..<120).map { row in
    "\(row % 3),"
      + (0..<784).map { $0 * 3 / 784 == row % 3 ? "\(200 + row % 50)" : "0" }.joined(separator: ",")
  }

  private func writeTable(_ lines: [String]) throws -> String {
    try folder.write(Array(lines.joined(separator: "\n").utf8), to: "table.csv")
  }

  @Test("A reader of one's own trains to a run with everything in it")
  func reader() throws {
    let outcome = try train(onTable: try writeTable(lines), runs: folder.path("runs"))
    #expect(outcome.epochs.count == 3 && outcome.failures.isEmpty)
    #expect(try #require(outcome.best?.validationAccuracy) > 0.9)
    let run = folder.path("runs/train1")
    #expect(try Model(run).classNames == ["0", "1", "2"])
    let report = try String(contentsOfFile: run + "/report.html", encoding: .utf8)
    #expect(report.contains("table.csv: samples, 1 file"))
    #expect(try String(contentsOfFile: run + "/files.csv", encoding: .utf8).contains("table.csv,"))
  }

  @Test("Its run goes on, and notices when the data is not what it was")
  func readerResumes() throws {
    let table = try writeTable(lines)
    _ = try train(onTable: table, runs: folder.path("runs"))
    let run = try RunFolder.resuming(folder.path("runs/train1"))
    func resume(epochs: Int) throws -> TrainingOutcome {
      let checkpoint = try Checkpoint(run)
      var configuration = checkpoint.configuration
      configuration.optimization.epochs = epochs
      let source = try DataSource(table, splits: [.training: PixelTable(table, side: 28)])
      return try TrainingSession(resuming: checkpoint, in: run, configuration, source: source)
        .run(in: run) { _ in }
    }
    #expect(try resume(epochs: 4).epochs.count == 4)
    _ = try writeTable(lines.dropLast())
    let error = #expect(throws: FileError.self) { try resume(epochs: 5) }
    #expect(error?.description.contains("table.csv is changed") == true, "\(error?.description ?? "")")
  }

  @Test("A line of the table that is no picture is named")
  func brokenTable() throws {
    let table = try folder.write(Array("1,2,3,4,5\n1,2,3,400,5\n".utf8), to: "table.csv")
    let error = #expect(throws: FileError.self) { try PixelTable(table, side: 2) }
    #expect(error?.description.contains("line 2") == true)
  }

  @Test("An exporter of one's own writes the weights that the model has")
  func exporter() throws {
    var configuration = TrainingConfiguration(data: photos)
    configuration.optimization.epochs = 1
    let run = folder.path("run")
    try TrainingSession(configuration).run(in: try RunFolder.at(run, overwrites: false)) { _ in }
    let files = try export(run: run, to: folder.path)
    #expect(files.count == 6 && files.contains("5.weight.npy"))
    let model = try SafetensorsReader(run + "/weights/best.safetensors")
    for file in files {
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: folder.path(file))))
      let name = String(file.dropLast(4))
      let shape = try #require(model.shape(of: name))
      #expect(Array(bytes[..<8]) == [0x93] + Array("NUMPY".utf8) + [1, 0])
      let start = 10 + Int(bytes[8]) + 256 * Int(bytes[9])
      #expect(start % 64 == 0 && bytes[start - 1] == UInt8(ascii: "\n"))
      let header = String(decoding: bytes[10..<start], as: UTF8.self)
      #expect(header.contains("(" + shape.map { "\($0)," }.joined(separator: " ") + ")"), "\(header)")
      let stored = try model.withBytes(of: name, type: .float32) { Array($0) }
      #expect(Array(bytes[start...]) == stored, "\(file)")
    }
  }

  @Test("A layer of one's own has the gradient that finite differences give")
  func layer() throws {
    let (computed, expected) = try layerScaleGradients()
    for (value, difference) in zip(computed, expected) { #expect(abs(value - difference) < 1e-4) }
    #expect(computed.count == 4 && computed.allSatisfy { $0 != 0 })
  }
}
