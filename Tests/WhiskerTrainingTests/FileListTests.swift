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
    (configuration.optimization.epochs, configuration.optimization.batchSize) = (2, 2)
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

  @Test("Files that get another time in the first epoch are no reason to refuse the data; other contents are")
  func change() throws {
    try train { if $0 == 1 { try? touch() } }
    try resume(epochs: 3)
    try alter("data/dog/3.png")
    #expect(throws: FileError.self) { try resume(epochs: 3) }
  }

  @Test(
    "A run that was interrupted in its first epoch goes on with a copy of its data, unless a picture that it has read differs"
  )
  func interruption() throws {
    try trainABatch()
    let listed = try fingerprints()
    #expect(listed.contains { !$0.isEmpty })
    try touch()
    try resume(epochs: 2)
    let read = try #require(listed.firstIndex { !$0.isEmpty })
    try alter("data/\(read < 6 ? "cat" : "dog")/\(read % 6).png")
    #expect(throws: FileError.self) { try resume(epochs: 2) }
  }

  private func trainABatch() throws {
    var isDone = false
    let run = try RunFolder.at(folder.path("run"), overwrites: false)
    _ = try TrainingSession(configuration).run(in: run, shouldStop: { isDone }) { event in
      if case .batchEnded = event { isDone = true }
    }
  }

  private func resume(epochs: Int) throws {
    var configuration = configuration
    configuration.optimization.epochs = epochs
    let run = try RunFolder.resuming(folder.path("run"))
    _ = try TrainingSession(resuming: Checkpoint(run), in: run, configuration)
  }

  /// Gives all files another time.
  private func touch() throws {
    let date = Date(timeIntervalSince1970: 1_500_000_000)
    for file in try FileManager.default.subpathsOfDirectory(atPath: folder.path("data")) {
      try FileManager.default.setAttributes(
        [.modificationDate: date], ofItemAtPath: folder.path("data/\(file)"))
    }
  }

  /// Changes a file's last byte.
  private func alter(_ name: String) throws {
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path(name))))
    bytes[bytes.count - 1] ^= 1
    try folder.write(bytes, to: name)
  }
}
