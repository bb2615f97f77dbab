import Foundation
import SampleImages
import TestSupport
import Testing
import WhiskerData

extension ToolTests {
  /// The audit of two thousand photos in which labels were changed and near-copies were planted.
  @Suite(
    .enabled(if: isOptimized, "\(needsOptimization)"),
    .enabled(
      if: Fixtures.hasPhotos && Fixtures.hasModels, "the photos and weights are not beside the project"))
  struct AuditedPhotos {
    private let folder: TemporaryFolder
    /// The photos, as class and name.
    private let photos: [(className: String, name: String)]

    init() throws {
      folder = try TemporaryFolder()
      photos = try ["cats", "dogs"].flatMap { className in
        try FileManager.default.contentsOfDirectory(atPath: "\(Fixtures.photos)/\(className)").sorted().map {
          (className, $0)
        }
      }
    }

    private func bytes(_ index: Int) throws -> [UInt8] {
      [UInt8](
        try Data(
          contentsOf: URL(
            fileURLWithPath: "\(Fixtures.photos)/\(photos[index].className)/\(photos[index].name)")))
    }

    /// Writes all photos, every twentieth with the other class. Returns the paths of these.
    private func changeLabels() throws -> Set<String> {
      var changed: Set<String> = []
      for (index, photo) in photos.enumerated() {
        let isChanged = index % 20 == 7
        let className = isChanged ? (photo.className == "cats" ? "dogs" : "cats") : photo.className
        let path = "\(className)/\(photo.className)_\(photo.name)"
        try folder.write(bytes(index), to: "set/\(path)")
        if isChanged { changed.insert(path) }
      }
      return changed
    }

    /// Writes near-copies of some photos. Returns their paths and the indices of the photos.
    private func plantCopies() throws -> [(path: String, index: Int)] {
      try stride(from: 3, to: photos.count, by: 12).map { index in
        let kind = index / 12 % 5
        let (width, height) = kind == 0 ? (150, 130) : (330, 300)
        let decoder = ImageDecoder(
          Preprocessing(height: height, width: width, colorMode: .rgb, decode: .full))
        let pixels = try decoder.decode(bytes(index), name: "photo")
        // Cropped at all sides, or more at the top, or at the left; mirrored in every other kind.
        let edges = [(0, 0, 0, 0), (16, 16, 15, 15), (0, 0, 30, 0), (33, 0, 0, 10), (10, 6, 12, 9)][kind]
        let (columns, rows) = (edges.0..<width - edges.1, edges.2..<height - edges.3)
        let copy = rows.flatMap { y in
          (kind % 2 == 1 ? Array(columns.reversed()) : Array(columns)).flatMap { x in
            pixels[(y * width + x) * 3..<(y * width + x) * 3 + 3]
          }
        }
        let path = "\(photos[index].className)/planted\(index).jpg"
        let options = JPEGOptions(storage: .ycc, quality: [80, 90, 60, 40, 70][kind])
        try folder.write(
          encodeJPEG(width: columns.count, height: rows.count, pixels: copy, options: options),
          to: "set/\(path)")
        return (path, index)
      }
    }

    private func audited() async throws -> [[String]] {
      let weights = "\(Fixtures.models)/efficientnet-lite0.pth"
      let imported = try await ToolRun(
        ["import", weights, "--network", "efficientnet-lite0", "-o", "backbone.safetensors"], in: folder
      ).finish()
      #expect(imported.status == 0, "\(imported.story)")
      let start = ContinuousClock.now
      let audit = try await ToolRun(
        ["audit", "set", "--backbone", "backbone.safetensors", "-o", "audit"], in: folder
      ).finish()
      #expect(audit.status == 0, "\(audit.story)")
      print("The audit took \((ContinuousClock.now - start) / .seconds(1)) s")
      return try String(contentsOfFile: folder.path("audit/audit.csv"), encoding: .utf8).split(
        separator: "\n"
      ).map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
    }

    // One audit for both, because it takes half a minute.
    @Test(
      "Nine of ten changed labels are in the first 7 % of the list, and planted near-copies are found, and hardly anything else"
    )
    func labelsAndNearCopies() async throws {
      let changed = try changeLabels()
      let copies = try plantCopies()
      let rows = try await audited()
      let wrong = rows.filter { $0[3] == "wrong label" }.prefix(photos.count * 7 / 100)
      let recall = Double(wrong.count { changed.contains($0[0]) }) / Double(changed.count)
      print("Of \(changed.count) changed labels \(recall) are among the first \(wrong.count)")
      #expect(recall >= 0.9)

      let pairs = rows.filter { $0[3] == "near-copy" }
      let found = copies.count { copy in
        let name = photos[copy.index].name
        return pairs.contains { pair in
          [pair[0], pair[6]].contains(copy.path) && [pair[0], pair[6]].contains { $0.hasSuffix("_\(name)") }
        }
      }
      let planted = pairs.count { $0[0].contains("planted") || $0[6].contains("planted") }
      print(
        "Found \(found) of \(copies.count) near-copies; \(planted) of \(pairs.count) pairs are with planted ones"
      )
      #expect(Double(found) >= 0.99 * Double(copies.count))
    }
  }
}
