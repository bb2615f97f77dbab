/// A sample that could not be read when a cache was made. It keeps its place, so that training from the cache is the
/// same as training from the files.
struct SkippedSample: Sendable, Codable {
  let part: DataSource.Part
  /// Its index in its part.
  let index: Int
  let label: Int
  /// Its path below the data set's root, as it can be printed.
  let path: String
  let reason: String
  /// Of its contents, in hexadecimal; nil where there were none to read.
  let fingerprint: String?
}
