import Foundation
import TestSupport
import Testing
import WhiskerCore
import WhiskerData
import WhiskerNN
import WhiskerTraining

/// The list of a run's files, by which a resumed run notices that its data has changed.
@Suite struct FileListTests {
  private let folder: TemporaryFolder
  private let configuration: TrainingConfiguration

  init() throws {
    folder = try TemporaryFolder()
    for (label, name) in ["cat", "dog"].enumerated() {
      for number in 0..<6 {
        let value = UInt8(40 * label + 10 * number)
        let pixels = (0..<16).map { UInt8(truncatingIfNeeded: $0) &* 9 &+ value }
        let picture = PNGEncoder.encode(pixels, height: 4, width: 4, channels: 1)
        try folder.write(picture, to: "data/\(name)/\(number).png")
      }
    }
    var configuration = TrainingConfiguration(data: folder.path("data"))
    configuration.optimization.epochs = 2
    configuration.execution.tensorBoard = false
    configuration.data.preprocessing = Preprocessing(height: 8, width: 8)
    configuration.model.network = NetworkSpecification(layers: [.flatten, .dense(units: nil)])
    self.configuration = configuration
  }

  /// The last column of the list.
  private func fingerprints() throws -> [String] {
    try String(contentsOfFile: folder.path("run/files.csv"), encoding: .utf8).split(separator: "\n")
      .dropFirst()
      .map { String($0.split(separator: ",", omittingEmptySubsequences: false)[3]) }
  }

  private func train(startingEpoch start: (Int) -> Void) throws {
    let run = try RunFolder.at(folder.path("run"), overwrites: false)
    try TrainingSession(configuration).run(in: run) { event in
      if case .epochStarted(let epoch) = event { start(epoch) }
    }
  }

  @Test("The fingerprints of the files are added after the first epoch, and are those of their contents")
  func epoch() throws {
    var listed: [Int: [String]] = [:]
    try train { listed[$0] = try? fingerprints() }
    // Files of equal size have been compared before.
    #expect(listed[1]?.contains("") ?? false)
    let contents = try ["cat", "dog"].flatMap { name in
      try (0..<6).map { try Data(contentsOf: URL(fileURLWithPath: folder.path("data/\(name)/\($0).png"))) }
    }
    let expected = contents.map { $0.withUnsafeBytes { Fingerprint($0).hexadecimal } }
    #expect(listed[2] == expected)
    #expect(try fingerprints() == expected)
  }

  @Test("A file that changes in the first epoch is noticed by a resumed run")
  func change() throws {
    let path = folder.path("data/dog/3.png")
    try train { epoch in
      guard epoch == 1 else { return }
      try? FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1_500_000_000)], ofItemAtPath: path)
    }
    var longer = configuration
    longer.optimization.epochs = 3
    let resumed = try RunFolder.resuming(folder.path("run"))
    let error = #expect(throws: FileError.self) {
      try TrainingSession(resuming: Checkpoint(resumed), in: resumed, longer)
    }
    #expect(error.map { "\($0)".contains("dog/3.png is changed") } ?? false, "\(error.map { "\($0)" } ?? "")")
  }
}
