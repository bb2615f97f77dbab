import WhiskerData

/// Decodes pictures to each kind of sample.
enum PictureCheck {
  // Pictures of this size are decoded in a fraction of a second in every format.
  private static let maximumPixels = 1 << 20

  private static let kinds = [
    Preprocessing(), Preprocessing(height: 9, width: 31, colorMode: .rgb, aspect: .pad),
    Preprocessing(height: 40, width: 12, colorMode: .rgb, aspect: .crop, decode: .full),
  ]

  static func run(_ bytes: [UInt8]) throws -> FuzzOutcome {
    let outcomes = try kinds.map { try decode(bytes, $0, allowsTruncated: false) }
    let isAccepted = Set(outcomes.map { $0 == .accepted })
    try Defect.unless(isAccepted.count == 1, "a picture that only some can read: \(outcomes)")
    let truncated = try decode(bytes, kinds[1], allowsTruncated: true)
    try Defect.unless(
      truncated == .accepted || outcomes[0] != .accepted,
      "a whole picture that is no part of one: \(truncated)")
    return outcomes[0]
  }

  private static func decode(
    _ bytes: [UInt8], _ kind: Preprocessing, allowsTruncated: Bool
  ) throws -> FuzzOutcome {
    try FuzzOutcome {
      let decoder = ImageDecoder(kind, maximumPixels: maximumPixels, allowsTruncated: allowsTruncated)
      let sample = try decoder.decode(bytes, name: "picture")
      try Defect.unless(sample.count == kind.sampleSize, "a sample of \(sample.count) bytes")
    }
  }
}
