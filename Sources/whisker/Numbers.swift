import WhiskerTensor

/// A length in bytes for people: "12 KB", "1.6 MB", "4,112.3 MB".
func megabytes(_ bytes: Int) -> String {
  bytes < 100_000 ? "\(grouped(bytes / 1000)) KB" : "\(fixed(Double(bytes) / 1e6, 1)) MB"
}
