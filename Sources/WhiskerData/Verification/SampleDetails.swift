/// What can be told of a sample that was read.
public struct SampleDetails: Sendable, Equatable {
  /// "PNG", "JPEG" or "IDX".
  public let format: String
  /// The size as stored, in pixels.
  public let width: Int
  /// The height as stored, in pixels.
  public let height: Int
  /// What equal contents have in common.
  public let fingerprint: Fingerprint
}
