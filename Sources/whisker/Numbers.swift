import WhiskerTensor

/// A duration for people: "0.08 s", "1.2 s", "12 s", "3 min 05 s".
func duration(_ seconds: Double) -> String {
  guard seconds.isFinite else { return "?" }
  if seconds < 1 { return fixed(seconds, 2) + " s" }
  if seconds < 10 { return fixed(seconds, 1) + " s" }
  let whole = Int(seconds.rounded())
  if whole < 60 { return "\(whole) s" }
  let rest = whole % 60
  if whole < 3600 { return "\(whole / 60) min \(rest < 10 ? "0" : "")\(rest) s" }
  return "\(whole / 3600) h \(whole % 3600 / 60) min"
}

/// A length in bytes for people: "12 KB", "1.6 MB", "4,112.3 MB".
func megabytes(_ bytes: Int) -> String {
  bytes < 100_000 ? "\(grouped(bytes / 1000)) KB" : "\(fixed(Double(bytes) / 1e6, 1)) MB"
}

/// A share as a percentage: "12 %".
func percent(_ share: Double) -> String { fixed(share * 100, 0) + " %" }
