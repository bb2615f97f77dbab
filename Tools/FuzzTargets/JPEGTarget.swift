import SampleImages
import WhiskerData

/// JPEG pictures and their EXIF blocks.
struct JPEGTarget: FuzzTarget {
  let name = "jpeg"
  let maximumLength = 8192

  /// Markers: the kinds of start of frame, tables, scans, restarts, EXIF and Adobe's.
  var words: [[UInt8]] {
    let codes: [UInt8] = [0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC9, 0xCA, 0xCC, 0xD0, 0xD7, 0xD8, 0xD9, 0xDA]
    let tables: [UInt8] = [0xDB, 0xDC, 0xDD, 0xE0, 0xE1, 0xEE]
    return (codes + tables).map { [0xFF, $0] } + [Array("Exif\0\0".utf8), Array("Adobe".utf8)]
      + [[0x49, 0x49, 0x2A, 0], [0x4D, 0x4D, 0, 0x2A], [0x12, 0x01, 3, 0], [0x01, 0x12, 0, 3]]
  }

  func check(_ bytes: [UInt8]) throws -> FuzzOutcome {
    _ = Orientation(exif: bytes)
    return try PictureCheck.run(bytes)
  }

  func seeds() throws -> [[UInt8]] {
    let storages: [(JPEGOptions.Storage, channels: Int)] = [
      (.gray, 1), (.ycc, 3), (.rgb, 3), (.cmyk, 4), (.ycck, 4),
    ]
    let samplings: [JPEGOptions.Subsampling] = [.full444, .half422, .quarter420]
    return try [false, true].flatMap { progressive in
      try storages.enumerated().flatMap { index, storage in
        try samplings.map { sampling in
          var options = JPEGOptions(storage: storage.0, progressive: progressive, subsampling: sampling)
          options.restartInterval = sampling == .half422 ? 1 : 0
          options.exif = sampling == .full444 ? exifBlock(orientation: UInt16(index + 3)) : nil
          return try seed(options, channels: storage.channels)
        }
      }
    }
  }

  private func seed(_ options: JPEGOptions, channels: Int) throws -> [UInt8] {
    let (width, height) = (35, 19)
    let pixels = (0..<width * height * channels).map { UInt8($0 / 3 * 5 % 256) }
    return try encodeJPEG(width: width, height: height, pixels: pixels, options: options)
  }
}
