import WhiskerData

/// Decodes pictures into each kind of sample.
enum PictureCheck {
  // A picture of that many pixels is decoded in a fraction of a second, however it is stored.
  private static let maximumPixels = 1 << 20

  private static let kinds = [
    Preprocessing(), Preprocessing(height: 9, width: 31, colorMode: .rgb, aspect: .pad),
    Preprocessing(height: 40, width: 12, colorMode: .rgb, aspect: .crop),
  ]

  static func run(_ bytes: [UInt8]) throws -> FuzzOutcome {
    let outcomes = try kinds.map { kind in
      try FuzzOutcome {
        let sample = try ImageDecoder(kind, maximumPixels: maximumPixels).decode(bytes, name: "picture")
        try Defect.unless(sample.count == kind.sampleSize, "a sample of \(sample.count) bytes")
      }
    }
    let isAccepted = outcomes.map { $0 == .accepted }
    try Defect.unless(Set(isAccepted).count == 1, "a picture that only some can read: \(outcomes)")
    return outcomes[0]
  }
}
