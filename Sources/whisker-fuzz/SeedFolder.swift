import FuzzTargets
import Glibc
import WhiskerTensor

/// Where the inputs to begin with are kept: `seeds`, and `words`, which is a dictionary as libFuzzer reads it.
struct SeedFolder {
  let path: String

  /// Writes what `target` begins with.
  /// - Throws: What making a seed or writing a file throws.
  func write(_ target: any FuzzTarget) throws {
    mkdir(path + "/seeds", 0o777)
    for (index, seed) in try target.seeds().enumerated() { try write(seed, to: "seeds/\(index)") }
    let words = target.words.map { "\"" + $0.map(Self.escaped).joined() + "\"\n" }
    try write(Array(words.joined().utf8), to: "words")
  }

  private func write(_ bytes: [UInt8], to name: String) throws {
    let file = try AtomicFile("\(path)/\(name)")
    try bytes.withUnsafeBytes { try file.write($0) }
    try file.commit()
  }

  private static func escaped(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return "\\x" + (digits.count == 1 ? "0" : "") + digits
  }
}
