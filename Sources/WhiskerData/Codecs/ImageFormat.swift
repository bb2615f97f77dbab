import CImageCodecs
import WhiskerCore

/// A picture format that can be decoded, as its codec in CImageCodecs describes it.
///
/// A new format is a C file there that defines a `whisker_codec`, and its two lines in `picture.c`.
package struct ImageFormat: Equatable, @unchecked Sendable {
  /// Constant data of the program.
  let codec: UnsafePointer<whisker_codec>
  /// The name in messages: "PNG".
  package let name: String
  /// The endings of file names, in small letters.
  package let endings: [String]

  /// All formats that can be decoded.
  package static let all: [ImageFormat] = {
    var formats: [ImageFormat] = []
    while let codec = whisker_codec_at(formats.count) { formats.append(ImageFormat(codec)) }
    return formats
  }()
  /// The names of all formats: "PNG, JPEG or WebP".
  package static let names: String = {
    let names = all.map(\.name)
    return (names.count > 2 ? names.dropLast().joined(separator: ", ") : names[0])
      + (names.count > 1 ? " or \(names[names.count - 1])" : "")
  }()
  /// The endings of the names of all pictures that can be decoded.
  static let allEndings = Set(all.flatMap(\.endings))

  private init(_ codec: UnsafePointer<whisker_codec>) {
    self.codec = codec
    name = String(cString: codec.pointee.name)
    endings = String(cString: codec.pointee.endings).split(separator: " ").map { String($0) }
  }

  /// The format of the file that starts with `head`; nil for everything that cannot be decoded.
  package static func of(_ head: [UInt8]) -> ImageFormat? {
    all.first { $0.codec.pointee.recognizes(head, head.count) != 0 }
  }
}

/// The format of a file, recognised by its first bytes and never by its name.
struct FileFormat {
  /// The format of a picture that can be decoded; nil for everything else.
  let picture: ImageFormat?
  private let head: [UInt8]

  /// The number of bytes that are looked at.
  static let headSize = FileSignature.headSize

  /// Recognises a file by its contents.
  init(_ bytes: some Collection<UInt8>) {
    head = Array(bytes.prefix(Self.headSize))
    picture = ImageFormat.of(head)
  }

  /// Recognises a file; nil where it cannot be read.
  init?(_ file: RelativePath, in tree: any FileTree) {
    guard let head = tree.head(of: file, count: Self.headSize) else { return nil }
    self.init(head)
  }

  /// The file in words that follow "is": "a WebP image", "empty".
  var description: String { FileSignature.describe(head) }

  /// What can be done with a file that is no picture; nil where nothing is known.
  var advice: ErrorText? { FileSignature.of(head)?.advice }

  /// Whether it is a picture in a format that ImageMagick can convert, and that cannot be decoded here.
  var isConvertible: Bool { picture == nil && description.hasSuffix(" image") }

  /// Whether it is a picture, even if it has to be converted first.
  var isImage: Bool { picture != nil || isConvertible }
}
