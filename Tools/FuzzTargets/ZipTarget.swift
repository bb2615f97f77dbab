import SampleImages
import TestSupport

/// ZIP archives of pictures.
struct ZipTarget: FuzzTarget {
  let name = "zip"
  let maximumLength = 4096

  var words: [[UInt8]] {
    [
      Array("PK\u{1}\u{2}".utf8), Array("PK\u{3}\u{4}".utf8), Array("PK\u{5}\u{6}".utf8),
      Array("PK\u{6}\u{6}".utf8),
      Array("PK\u{6}\u{7}".utf8), Array("../".utf8), [0xFF, 0xFF, 0xFF, 0xFF], [1, 0, 24, 0], [8, 0],
    ]
  }

  func check(_ bytes: [UInt8]) throws -> FuzzOutcome { try ArchiveCheck.run(bytes) }

  func seeds() throws -> [[UInt8]] {
    let (one, two) = (try ArchiveCheck.picture(3), try ArchiveCheck.picture(80))
    let stored = [ZipEntry("cat/1.png", one), ZipEntry("dog/", []), ZipEntry("dog/2.png", two)]
    let deflated = try [
      ZipEntry("a/cat/1.png", one, gzip: encodeGzip(one)) { $0.flags = 8 },
      ZipEntry("a/dog/2.png", two, gzip: encodeGzip(two)) { $0.flags = 0x800 },
    ]
    let dos = [
      ZipEntry("train\\cat\\\u{84}.png", one) { $0.system = 0 },
      ZipEntry("train\\dog\\2.png", two) { $0.system = 0 },
    ]
    let inner = ZipWriter.bytes([ZipEntry("train/cat.0.png", one), ZipEntry("train/dog.0.png", two)])
    let nested = try [
      ZipEntry("train.zip", inner), ZipEntry("test1.zip", inner, gzip: encodeGzip(inner)),
      ZipEntry("names.csv", [65]),
    ]
    return [
      ZipWriter.bytes(stored), ZipWriter.bytes(stored, isLarge: true), ZipWriter.bytes(deflated),
      ZipWriter.bytes(dos, comment: [1, 2, 3]), ZipWriter.bytes(nested),
    ]
  }
}
