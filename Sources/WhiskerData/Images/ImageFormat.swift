import WhiskerTensor

/// What a file is, told by its first bytes and never by its name.
public enum ImageFormat: Sendable, Equatable {
  /// PNG.
  case png
  /// JPEG.
  case jpeg
  /// Something else, in words that fit behind "is": "a WebP image", "empty".
  case other(String)

  /// Recognises a file by its contents.
  public init(_ bytes: some Collection<UInt8>) {
    let name = FileSignature.describe(Array(bytes.prefix(FileSignature.headSize)))
    self = name == "a PNG image" ? .png : name == "a JPEG image" ? .jpeg : .other(name)
  }

  /// The first bytes of the file at `path`, enough to recognise it; nil where it cannot be read.
  static func head(of path: [UInt8]) -> [UInt8]? {
    try? FileBytes.parts(path, name: "") { [0..<min($0, FileSignature.headSize)] }
  }

  /// Whether it is a picture, be it one that has to be converted first.
  var isImage: Bool { isRead || convertible != nil }

  /// Whether it is read as it is.
  var isRead: Bool { self == .png || self == .jpeg }

  /// What a picture is called that ImageMagick can convert; nil for everything else.
  var convertible: String? {
    guard case .other(let description) = self, description.hasSuffix(" image") else { return nil }
    return description
  }
}
