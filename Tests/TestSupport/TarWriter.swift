/// Writes tar archives for tests, without help of the reader.
public enum TarWriter {
  /// A header and the contents that follow it.
  /// - Parameter kind: `0` a file, `1` a hard link, `2` a symbolic link, `5` a folder, `x` and `L` headers of the next entry.
  /// - Parameter size: What the header says; nil for the truth.
  /// - Parameter isBinary: Whether the size is written in binary, as for large files.
  /// - Parameter prefix: The start of a long name, in ustar's field.
  public static func entry(
    _ name: String, _ contents: [UInt8] = [], kind: Character = "0", size: Int? = nil, isBinary: Bool = false,
    prefix: String = ""
  ) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ bytes: some Sequence<UInt8>, at place: Int) {
      for (offset, byte) in bytes.enumerated() { header[place + offset] = byte }
    }
    let size = size ?? contents.count
    put(name.utf8.prefix(100), at: 0)
    put("0000644\0".utf8, at: 100)
    put(isBinary ? binary(size) : Array((octal(size, 11) + "\0").utf8), at: 124)
    put((octal(1_600_000_000, 11) + "\0").utf8, at: 136)
    put("        ".utf8, at: 148)
    put(String(kind).utf8, at: 156)
    put("ustar\u{0}00".utf8, at: 257)
    put(prefix.utf8, at: 345)
    put((octal(header.reduce(0) { $0 + Int($1) }, 6) + "\0 ").utf8, at: 148)
    return header + contents + [UInt8](repeating: 0, count: (512 - contents.count % 512) % 512)
  }

  /// The end of an archive.
  public static let end = [UInt8](repeating: 0, count: 1024)

  /// A header of POSIX for the next entry.
  public static func pax(_ records: [(key: String, value: String)]) -> [UInt8] {
    let lines = records.map { key, value in
      let rest = " \(key)=\(value)\n".utf8.count
      let length = (1...4).lazy.map { rest + $0 }.first { String($0).utf8.count + rest == $0 } ?? 0
      return "\(length) \(key)=\(value)\n"
    }
    return entry("pax", Array(lines.joined().utf8), kind: "x")
  }

  /// The same bytes, in which every header that can be found has its checksum.
  public static func repaired(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    var place = 0
    while place + 512 <= bytes.count, bytes[place..<place + 512].contains(where: { $0 != 0 }) {
      for offset in 148..<156 { bytes[place + offset] = 0x20 }
      let sum = bytes[place..<place + 512].reduce(0) { $0 + Int($1) }
      for (offset, digit) in (octal(sum, 6) + "\0 ").utf8.enumerated() { bytes[place + 148 + offset] = digit }
      let digits = bytes[place + 124..<place + 135].prefix { (0x30...0x37).contains($0) }
      place += 512 + (digits.reduce(0) { $0 << 3 | Int($1 - 0x30) } + 511) / 512 * 512
    }
    return bytes
  }

  private static func octal(_ number: Int, _ count: Int) -> String {
    let text = String(number, radix: 8)
    return String(repeating: "0", count: max(0, count - text.count)) + text
  }

  private static func binary(_ number: Int) -> [UInt8] {
    [0x80] + (0..<11).map { UInt8(truncatingIfNeeded: $0 < 3 ? 0 : number >> (8 * (10 - $0))) }
  }
}
