/// What a file is, told by its first bytes and never by its name.
public enum ImageFormat: Sendable, Equatable {
  /// PNG.
  case png
  /// JPEG.
  case jpeg
  /// Something else, in words that fit behind "is": "a WEBP image", "empty".
  case other(String)

  /// Recognises a file by its contents.
  public init(_ bytes: some Collection<UInt8>) {
    let head = Array(bytes.prefix(512))
    self = Self.signatures.first { $0.matches(head) }?.format ?? .other(Self.describe(head))
  }

  private struct Signature {
    var format: ImageFormat
    var bytes: [UInt8]
    var offset = 0

    func matches(_ head: [UInt8]) -> Bool { head.dropFirst(offset).starts(with: bytes) }
  }

  private static let signatures: [Signature] = [
    Signature(format: .png, bytes: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
    Signature(format: .jpeg, bytes: [0xFF, 0xD8, 0xFF]),
    Signature(format: .other("a GIF image"), bytes: Array("GIF8".utf8)),
    Signature(format: .other("a WEBP image"), bytes: Array("WEBP".utf8), offset: 8),
    Signature(format: .other("a TIFF image"), bytes: [0x49, 0x49, 0x2A, 0x00]),
    Signature(format: .other("a TIFF image"), bytes: [0x4D, 0x4D, 0x00, 0x2A]),
    Signature(format: .other("a TIFF image"), bytes: [0x49, 0x49, 0x2B, 0x00]),
    Signature(format: .other("a TIFF image"), bytes: [0x4D, 0x4D, 0x00, 0x2B]),
    Signature(format: .other("a HEIC image"), bytes: Array("ftyphei".utf8), offset: 4),
    Signature(format: .other("a HEIC image"), bytes: Array("ftyphev".utf8), offset: 4),
    Signature(format: .other("a HEIC image"), bytes: Array("ftypmif1".utf8), offset: 4),
    Signature(format: .other("a HEIC image"), bytes: Array("ftypmsf1".utf8), offset: 4),
    Signature(format: .other("an AVIF image"), bytes: Array("ftypavi".utf8), offset: 4),
    Signature(format: .other("a JPEG 2000 image"), bytes: Array("jP  ".utf8), offset: 4),
    Signature(format: .other("a JPEG 2000 image"), bytes: [0xFF, 0x4F, 0xFF, 0x51]),
    Signature(format: .other("a JPEG XL image"), bytes: [0xFF, 0x0A]),
    Signature(format: .other("a JPEG XL image"), bytes: Array("JXL ".utf8), offset: 4),
    Signature(format: .other("an icon file"), bytes: [0x00, 0x00, 0x01, 0x00]),
    Signature(format: .other("a Photoshop document"), bytes: Array("8BPS".utf8)),
    Signature(format: .other("a PDF document"), bytes: Array("%PDF".utf8)),
    Signature(format: .other("a ZIP archive"), bytes: Array("PK\u{3}\u{4}".utf8)),
    Signature(format: .other("a gzip archive"), bytes: [0x1F, 0x8B]),
    Signature(format: .other("a video"), bytes: Array("ftyp".utf8), offset: 4),
  ]

  private static func describe(_ head: [UInt8]) -> String {
    guard !head.isEmpty else { return "empty" }
    if head.allSatisfy({ $0 == 0 }) { return "nothing but zero bytes" }
    // Two letters are no signature where the rest is text as well.
    guard isText(head) else { return head.starts(with: "BM".utf8) ? "a BMP image" : "of an unknown format" }
    let text = String(decoding: head, as: UTF8.self).lowercased()
      .drop { $0.isWhitespace || $0 == byteOrderMark }
    // What is written instead of a large file where Git LFS has not fetched it.
    if text.hasPrefix("version https://git-lfs") { return "a Git LFS pointer" }
    if text.hasPrefix("<svg") || text.hasPrefix("<?xml") { return "an SVG or XML file" }
    if text.hasPrefix("<"), text.contains("<!doctype html") || text.contains("<html") {
      return "an HTML page"
    }
    return "a text file"
  }

  private static let byteOrderMark: Character = "\u{FEFF}"

  private static func isText(_ head: [UInt8]) -> Bool {
    head.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
  }
}
