import SampleImages
import TestSupport

/// Tar archives of pictures, gzipped or not, and such with labels beside them. An input whose header has a wrong checksum is
/// tried again with correct ones.
struct TarTarget: FuzzTarget {
  let name = "tar"
  let maximumLength = 8192

  var words: [[UInt8]] {
    [
      "ustar\u{0}00", "ustar  ", "././@LongLink", "10 path=a\n", "12 size=100\n", "GNU.sparse.", "../",
      ".cls", ".json",
    ]
    .map { Array($0.utf8) }
  }

  func check(_ bytes: [UInt8]) throws -> FuzzOutcome {
    let outcome = try ArchiveCheck.run(bytes)
    return outcome == .accepted ? outcome : try ArchiveCheck.run(TarWriter.repaired(bytes))
  }

  func seeds() throws -> [[UInt8]] {
    let (one, two) = (try ArchiveCheck.picture(3), try ArchiveCheck.picture(80))
    let end = TarWriter.end
    let plain =
      TarWriter.entry("cat/", kind: "5") + TarWriter.entry("cat/1.png", one)
      + TarWriter.entry("2.png", two, isBinary: true, prefix: "dog") + end
    let long =
      TarWriter.entry("././@LongLink", Array("cat/1.png\0".utf8), kind: "L") + TarWriter.entry("x", one)
      + TarWriter.pax([("path", "dog/2.png"), ("size", "\(two.count)")]) + TarWriter.entry("x", two) + end
    let labels =
      TarWriter.entry("1.png", one) + TarWriter.entry("1.cls", [0x31]) + TarWriter.entry("2.png", two)
      + TarWriter.entry("2.json", Array("{\"label\": 3}".utf8)) + end
    return try [plain, long, labels, encodeGzip(plain)]
  }
}
