import Glibc

/// A number with a fixed number of decimals, whatever the locale of the user: "0.9874".
package func fixed(_ value: Double, _ decimals: Int) -> String {
  guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
  // The largest number has 309 digits before the point.
  var buffer = [CChar](repeating: 0, count: 320 + max(0, decimals))
  let length = withVaList([Int32(decimals), value]) { vsnprintf(&buffer, buffer.count, "%.*f", $0) }
  return String(decoding: buffer.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
