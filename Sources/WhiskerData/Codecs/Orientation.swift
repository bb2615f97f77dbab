/// The orientation of a stored picture: the eight values of EXIF's tag 0x0112 (CIPA DC-008, 4.6.4).
package enum Orientation: UInt16, Sendable, CaseIterable {
  case upright = 1
  case mirrored
  case upsideDown
  case mirroredUpsideDown
  case transposed
  case turnedRight
  case transversed
  case turnedLeft

  /// Whether width and height change places.
  var swapsSides: Bool { rawValue >= Orientation.transposed.rawValue }

  /// Reads the orientation from an EXIF block, starting at its TIFF header or at the prefix that JPEG has before it. A damaged
  /// block is upright.
  package init(exif: some RandomAccessCollection<UInt8>) {
    let prefix = Array("Exif\0\0".utf8)
    var block = Array(exif)
    // Some programs copy the prefix into a PNG, where it does not belong.
    if block.starts(with: prefix) { block.removeFirst(prefix.count) }
    self = EXIFReader(bytes: block).orientation ?? .upright
  }

  /// The position of the upright pixel (`x`, `y`) in the stored picture of the given size.
  func stored(x: Int, y: Int, storedWidth: Int, storedHeight: Int) -> (x: Int, y: Int) {
    let (right, bottom) = (storedWidth - 1, storedHeight - 1)
    return switch self {
    case .upright: (x, y)
    case .mirrored: (right - x, y)
    case .upsideDown: (right - x, bottom - y)
    case .mirroredUpsideDown: (x, bottom - y)
    case .transposed: (y, x)
    case .turnedRight: (y, bottom - x)
    case .transversed: (right - y, bottom - x)
    case .turnedLeft: (right - y, x)
    }
  }
}

/// Finds one tag in the first directory of a TIFF structure, and reads nothing outside its bytes.
private struct EXIFReader {
  let bytes: [UInt8]

  private static let orientationTag: UInt16 = 0x0112
  /// The sizes of the integer types in bytes: BYTE, SHORT, LONG, and those with a sign (TIFF 6.0, section 2).
  private static let integerSizes = [1: 1, 3: 2, 4: 4, 6: 1, 8: 2, 9: 4]
  private static let entrySize = 12

  var orientation: Orientation? {
    guard let bigEndian, let directory = number(at: 4, size: 4, bigEndian) else { return nil }
    guard let count = number(at: directory, size: 2, bigEndian) else { return nil }
    for entry in 0..<count {
      let start = directory + 2 + entry * Self.entrySize
      guard let tag = number(at: start, size: 2, bigEndian) else { return nil }
      guard tag == Self.orientationTag else { continue }
      // The standard requires a SHORT; phones and editors also write other types.
      let type = number(at: start + 2, size: 2, bigEndian)
      guard let size = type.flatMap({ Self.integerSizes[$0] }) else { return nil }
      let value = number(at: start + 8, size: size, bigEndian)
      return value.flatMap { UInt16(exactly: $0) }.flatMap(Orientation.init)
    }
    return nil
  }

  private var bigEndian: Bool? {
    if bytes.starts(with: [0x49, 0x49, 0x2A, 0x00]) { return false }
    if bytes.starts(with: [0x4D, 0x4D, 0x00, 0x2A]) { return true }
    return nil
  }

  private func number(at start: Int, size: Int, _ bigEndian: Bool) -> Int? {
    guard start >= 0, start <= bytes.count - size else { return nil }
    let field = bytes[start..<start + size]
    return (bigEndian ? Array(field) : field.reversed()).reduce(0) { $0 << 8 | Int($1) }
  }
}
