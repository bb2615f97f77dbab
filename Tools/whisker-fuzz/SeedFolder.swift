import FuzzTargets
import Glibc
import WhiskerCore

/// A folder with the initial inputs: `seeds`, and `words`, a dictionary in libFuzzer's format.
struct SeedFolder {
  let path: String

  /// Writes the seeds and the dictionary of `target`.
  /// - Throws: An error when a seed cannot be created or a file cannot be written.
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
