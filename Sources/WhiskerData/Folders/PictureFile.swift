import WhiskerCore

/// A picture that a user named, by itself or by the folder that holds it.
public struct PictureFile: Sendable, Codable {
  /// The path, as it can be printed.
  public let name: String
  /// Its path, or that of the archive that holds it.
  private let path: [UInt8]
  /// The name of the entry, where it lies in an archive.
  private let entry: [UInt8]?
  /// The reason why it must not be opened, if there is one.
  private let refusal: FileError?

  /// The picture at `path`, or the reason why it must not be opened.
  init(path: [UInt8], _ refusal: FileError? = nil) {
    (self.path, entry, self.refusal) = (path, nil, refusal)
    name = printable(path)
  }

  /// A file of an archive.
  init(_ file: RelativePath, in archive: any FileTree) {
    (path, entry, refusal) = (pathBytes(archive.root), file.bytes, nil)
    name = archive.name(of: file)
  }

  /// The pictures at `path`: the file itself, or every file below a folder in plain byte order, dot entries left out.
  /// An entry that must not be opened is in its place, with the reason.
  package static func find(_ path: String, followsLinks: Bool = false) throws -> [PictureFile] {
    let stream = PictureStream([path], followsLinks: followsLinks)
    var found: [PictureFile] = []
    while let some = try stream.next(upTo: 1000, waits: true) { found += some }
    return found
  }

  /// Reads and decodes the picture.
  /// - Throws: `FileError` when it cannot be read or decoded.
  public func decode(_ decoder: ImageDecoder) throws -> [UInt8] {
    try decoder.decode(contents(), name: name)
  }

  /// Reads the picture, and decodes it as the input of a network and to be looked at.
  /// - Parameter side: The longest side of the picture to be looked at, in pixels; a smaller picture keeps its size.
  /// - Throws: `FileError` when it cannot be read or decoded.
  package func show(by decoder: ImageDecoder, side: Int) throws -> ShownPicture {
    try decoder.show(contents(), side: side, name: name)
  }

  private func contents() throws -> [UInt8] {
    if let refusal { throw refusal }
    guard let entry else { return try ImageDecoder.contents(of: path, name: name) }
    guard let archive = try OpenArchives.tree(at: pathText(path)) else {
      throw FileError(pathText(path), "is no longer an archive")
    }
    return try ImageDecoder.contents(of: RelativePath(bytes: entry), in: archive)
  }
}
