import WhiskerCore

/// The name of an entry in an archive, as a path below its root.
struct ArchiveName {
  /// The parts, without `.` and empty ones; that of a folder ends with a slash. Empty for the root itself.
  let bytes: [UInt8]
  /// The reason why an entry of this name must not be opened.
  let problem: ErrorText?

  /// Longer names cannot be those of files.
  private static let lengthLimit = 4096

  /// Examines the name of an entry.
  /// - Parameter isFolder: Whether it is a folder, even without a slash at the end.
  init(_ name: [UInt8], isFolder: Bool) {
    let slash = UInt8(ascii: "/")
    let parts = name.split(separator: slash).filter { !$0.elementsEqual(".".utf8) }
    problem = Self.problem(name, parts)
    guard problem == nil else {
      bytes = Array(name.prefix(Self.lengthLimit))
      return
    }
    var bytes = Array(parts.joined(separator: [slash]))
    if isFolder || name.last == slash, !bytes.isEmpty { bytes.append(slash) }
    self.bytes = bytes
  }

  private static func problem(_ name: [UInt8], _ parts: [ArraySlice<UInt8>]) -> ErrorText? {
    if name.count > lengthLimit { return "has a name of \(name.count) bytes" }
    if name.contains(0) { return "has a name with a zero byte" }
    if name.first == UInt8(ascii: "/") { return "has an absolute name" }
    if let first = parts.first, first.count == 2, first.last == UInt8(ascii: ":") {
      return "has the name of a file on a drive"
    }
    if parts.contains(where: { $0.elementsEqual("..".utf8) }) {
      return "has a name that leads out of the archive"
    }
    return nil
  }
}

/// The characters of a name in a ZIP archive from DOS or Windows (code page 437) from 0x80 on, as Unicode, Inc. maps them.
enum CodePage437 {
  private static let upper = Array(
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}"
      .unicodeScalars)

  /// The name in UTF-8.
  static func decode(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(where: { $0 >= 0x80 }) else { return bytes }
    return bytes.flatMap { byte in
      byte < 0x80 ? [byte] : Array(String(upper[Int(byte) - 0x80]).utf8)
    }
  }
}
