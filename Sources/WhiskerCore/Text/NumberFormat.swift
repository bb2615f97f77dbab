import Glibc

/// A number with a fixed number of decimals, independent of the locale: "0.9874".
package func fixed(_ value: Double, _ decimals: Int) -> String {
  guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
  // The largest number has 309 digits before the point.
  var buffer = [CChar](repeating: 0, count: 320 + max(0, decimals))
  let length = withVaList([Int32(decimals), value]) { vsnprintf(&buffer, buffer.count, "%.*f", $0) }
  return String(decoding: buffer.prefix(Int(length)).map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
}

/// An integer with thousands separators: "693,962".
package func grouped(_ number: Int) -> String {
  let digits = String(number.magnitude)
  let groups = stride(from: digits.count, to: 0, by: -3).map { end in
    digits.dropFirst(max(0, end - 3)).prefix(min(3, end))
  }
  return (number < 0 ? "-" : "") + groups.reversed().joined(separator: ",")
}

/// A number with a noun: "1 file", "2,000 files".
package func counted(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
  "\(grouped(count)) \(count == 1 ? singular : plural ?? singular + "s")"
}

/// At most `limit` items, and how many others there are: "cats, dogs and 3 other classes".
package func listed(_ items: [String], upTo limit: Int, _ other: String, _ others: String) -> String {
  let rest = items.count - limit
  let shown = items.prefix(limit).joined(separator: ", ")
  return rest > 0 ? "\(shown) and \(counted(rest, other, others))" : shown
}

/// A number rounded to four decimals, without trailing zeros: "0.25".
package func plain(_ number: Double) -> String {
  var text = fixed(number, 4)
  while text.last == "0" { text.removeLast() }
  return text.last == "." ? String(text.dropLast()) : text
}

/// A fraction as a percentage: "12 %".
package func percent(_ share: Double, _ decimals: Int = 0) -> String { fixed(share * 100, decimals) + " %" }

/// A duration: "0.08 s", "1.2 s", "12 s", "3 min 05 s", "2 h 5 min".
package func duration(_ seconds: Double) -> String {
  guard seconds.isFinite else { return "?" }
  if seconds < 1 { return fixed(seconds, 2) + " s" }
  if seconds < 10 { return fixed(seconds, 1) + " s" }
  let whole = Int(seconds.rounded())
  if whole < 60 { return "\(whole) s" }
  let rest = whole % 60
  if whole < 3600 { return "\(whole / 60) min \(rest < 10 ? "0" : "")\(rest) s" }
  return "\(whole / 3600) h \(whole % 3600 / 60) min"
}

/// A size in bytes for people: "12 KB", "1.6 MB", "4,112.3 MB".
package func megabytes(_ bytes: Int) -> String {
  bytes < 100_000 ? "\(grouped(bytes / 1000)) KB" : "\(fixed(Double(bytes) / 1e6, 1)) MB"
}
