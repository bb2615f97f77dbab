import Foundation
import TestSupport
import Testing
import WhiskerCore
import WhiskerData

/// The extensions that the articles describe, and the files of Sources that each of them touches.
@Suite struct ExtensionTests {
  /// The files of Sources that contain `pattern`, below it.
  private func files(with pattern: String) throws -> [String] {
    let root = Fixtures.root + "/Sources"
    let paths = try FileManager.default.subpathsOfDirectory(atPath: root)
    let sources = paths.filter { [".swift", ".c", ".h"].contains(where: $0.hasSuffix) }
    let regex = try Regex(pattern)
    return try sources.filter {
      try String(contentsOfFile: "\(root)/\($0)", encoding: .utf8).contains(regex)
    }.sorted()
  }

  @Test("A picture format is a codec and its line in the list")
  func pictureFormat() throws {
    #expect(
      try files(with: "whisker_jpeg_codec") == ["CImageCodecs/jpeg_picture.c", "CImageCodecs/picture.c"])
    #expect(try files(with: "jfif") == ["CImageCodecs/jpeg_picture.c"])
    #expect(ImageFormat.all.map(\.name) == ["PNG", "JPEG", "WebP"])
    #expect(ImageFormat.of([0xFF, 0xD8, 0xFF])?.endings == ["jpg", "jpeg", "jpe", "jfif"])
    #expect(ImageFormat.of([]) == nil && ImageFormat.of(Array("RIFF".utf8)) == nil)
  }

  @Test("A data source is an opener and its place in the list")
  func dataSource() throws {
    let folder = try TemporaryFolder()
    let line = "1," + (0..<784).map { "\($0 % 256)" }.joined(separator: ",")
    let table = try folder.write(Array("0\(line.dropFirst())\n\(line)".utf8), to: "table.csv")
    let request = SourceOpener.Request(table, nil, DataSource.Options())
    let source = try DataSource.open(request, with: SourceOpener.all + [.pixelTable])
    #expect(source.kind.rawValue == "table of pixels" && source.classNames == ["0", "1"])
    #expect(try source.splits[.training]?.sample(at: 1) == (0..<784).map { UInt8($0 % 256) })
    let error = #expect(throws: FileError.self) { try DataSource.open(table) }
    #expect(error?.problem.description == "is a text file, not a dataset")
    #expect(
      try files(with: "tensorCache") == [
        "WhiskerData/Sources/CacheSource.swift", "WhiskerData/Sources/SourceOpener.swift",
      ])
  }

  @Test("An augmentation is a kind and its place in the list")
  func augmentation() throws {
    let preprocessing = Preprocessing(height: 4, width: 4)
    func augmented(_ strengths: [Augmentation.Kind: Double], _ kinds: [Augmentation.Kind]) -> [UInt8] {
      var augmentation = Augmentation()
      for (kind, strength) in strengths { augmentation[kind] = strength }
      let augmenter = Augmenter(augmentation, of: kinds, preprocessing, seed: 1, epoch: 1)
      var pixels = (0..<16).map { UInt8($0 * 16) }
      pixels.withUnsafeMutableBufferPointer { augmenter.apply(to: $0, index: 3) }
      return pixels
    }
    let all = Augmentation.Kind.allCases
    let plain = augmented([:], all)
    #expect(augmented([.invert: 1], all + [.invert]) == plain.map { 255 - $0 })
    let strengths: [Augmentation.Kind: Double] = [.flip: 0.5, .shift: 0.3, .brightness: 0.4, .noise: 0.1]
    #expect(augmented(strengths, all + [.invert]) == augmented(strengths, all))
    #expect(
      try files(with: #"\.brightness\b"#) == [
        "WhiskerData/Augmentation/Augmentation.swift", "WhiskerData/Augmentation/Brightness.swift",
      ])
  }
}
