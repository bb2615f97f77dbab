import WhiskerTensor

/// A picture that a user named, by itself or by the folder that holds it.
public struct PictureFile: Sendable {
  /// The path, as it can be printed.
  public let name: String
  private let path: [UInt8]
  /// Why it must not be opened, if so.
  private let refusal: FileError?

  /// The pictures at `path`: the file itself, or every file below a folder in plain byte order, dot entries left out.
  /// What must not be opened in a folder comes last, to be told with the reason.
  /// - Throws: `FileError` when a folder cannot be read.
  public static func find(_ path: String, followsLinks: Bool = false) throws -> [PictureFile] {
    guard isFolder(path) else {
      // Whatever is wrong with a file is told in its place among the answers.
      return [PictureFile(name: printable(Array(path.utf8)), path: Array(path.utf8), refusal: nil)]
    }
    let root = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    let listing = try FolderListing(root: root, below: RelativePath(bytes: []), followsLinks: followsLinks)
    let files = (0..<listing.files.count).map { index in
      let path = listing.files[index].absolute(below: root)
      return PictureFile(name: printable(path), path: path, refusal: nil)
    }
    return files + listing.refused.map { PictureFile(name: "\(root)/\($0.path)", path: [], refusal: $0) }
  }

  /// Reads and decodes the picture.
  /// - Throws: `FileError` when that cannot be done.
  public func decode(_ decoder: ImageDecoder) throws -> [UInt8] {
    if let refusal { throw refusal }
    return try decoder.decode(ImageDecoder.contents(of: path, name: name), name: name)
  }
}
