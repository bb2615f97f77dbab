import Glibc
import WhiskerCore

/// The pictures that a user named, found one by one: files, folders with everything below them, patterns, and lists of files
/// and folders.
public final class PictureStream {
  private enum Source {
    case walk(FolderWalk)
    case list(PathLines)
    case paths(ArraySlice<[UInt8]>)
  }

  /// The sources that are still to be read, the innermost last.
  private var sources: [Source]
  private let separator: UInt8
  private let followsLinks: Bool
  /// The length of the longest path that is known so far, in bytes.
  public private(set) var width: Int

  /// The path of a list of paths on standard input.
  public static let standardInput = "-"

  /// The pictures at `paths`.
  /// - Parameter paths: Pictures, folders, quoted patterns, or `-` for a list on standard input.
  /// - Parameter separator: The byte that ends a path in a list: a line feed, or zero.
  /// - Parameter followsLinks: Whether symbolic links in folders are followed.
  public init(_ paths: [String], separator: UInt8 = UInt8(ascii: "\n"), followsLinks: Bool = false) {
    let named = paths.map { $0 == Self.standardInput ? nil : pathBytes($0) }
    (self.separator, self.followsLinks) = (separator, followsLinks)
    // In reverse, as the last source is the next.
    sources = named.reversed().map { path in
      path.map { .paths(Self.matches(of: $0)[...]) }
        ?? .list(PathLines(STDIN_FILENO, name: "standard input", separator: separator))
    }
    width = 0
    for case .paths(let paths) in sources {
      width = max(width, paths.lazy.filter { !Self.isFolder($0) }.map(\.count).max() ?? 0)
    }
  }

  /// The next pictures; nil after the last.
  /// - Parameter limit: The most pictures to return.
  /// - Parameter waits: Whether to wait for a list where no picture is available, asked again while none arrives; otherwise none are
  ///   returned.
  /// - Throws: `FileError` when a list cannot be read.
  public func next(upTo limit: Int, waits: @autoclosure () -> Bool) throws -> [PictureFile]? {
    var pictures: [PictureFile] = []
    while pictures.count < limit, let source = sources.popLast() {
      switch source {
      case .walk(let walk):
        guard let picture = walk.next() else { continue }
        pictures.append(picture)
        sources.append(source)
      case .paths(let paths):
        guard let path = paths.first else { continue }
        sources.append(.paths(paths.dropFirst()))
        pictures += enter(path)
      case .list(let list):
        switch try list.next(waits: pictures.isEmpty && waits()) {
        case .end: continue
        case .nothing:
          sources.append(source)
          return pictures
        case .path(let path):
          sources.append(source)
          pictures += enter(path)
        }
      }
    }
    return pictures.isEmpty && sources.isEmpty ? nil : pictures
  }

  /// The number of pictures at `paths`, as far as it is known before they are read; nil with a list on standard input.
  public static func count(_ paths: [String], followsLinks: Bool) -> Int? {
    guard !paths.contains(standardInput) else { return nil }
    let pictures = PictureStream(paths, followsLinks: followsLinks)
    var count = 0
    while let some = try? pictures.next(upTo: 1024, waits: true) { count += some.count }
    return count
  }

  /// The picture at a path, or none where it is a folder or an archive, which then comes next.
  private func enter(_ path: [UInt8]) -> [PictureFile] {
    // Errors of a file are reported in its place among the answers.
    let walk: FolderWalk
    if Self.isFolder(path) {
      walk = FolderWalk(root: path, followsLinks: followsLinks)
    } else {
      do throws(FileError) {
        guard let archive = try Self.archive(at: path) else { return [PictureFile(path: path)] }
        walk = FolderWalk(archive, followsLinks: false)
      } catch {
        return [PictureFile(path: path, error)]
      }
    }
    width = max(width, walk.width)
    sources.append(.walk(walk))
    return []
  }

  /// The archive at a path. A file with the name of a picture is not examined: there may be a million.
  /// - Throws: `FileError` when it is damaged.
  private static func archive(at path: [UInt8]) throws(FileError) -> ArchiveTree? {
    guard !RelativePath(bytes: path).isCalledPicture else { return nil }
    do {
      return try OpenArchives.tree(at: pathText(path))
    } catch let error as FileError where error.systemError == nil {
      throw error
    } catch {
      // What the system refuses is reported when the file is read.
      return nil
    }
  }

  private static func isFolder(_ path: [UInt8]) -> Bool {
    var status = stat()
    let result = withPath(path) { stat($0, &status) }
    return result == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The paths that match the pattern `path`; the path itself where it is none.
  package static func paths(matching path: String) -> [String] {
    matches(of: pathBytes(path)).map { pathText($0) }
  }

  /// The paths that match a pattern, in plain byte order. A path that exists, is no pattern, or matches nothing is returned
  /// itself.
  private static func matches(of path: [UInt8]) -> [[UInt8]] {
    guard path.contains(where: { "*?[".utf8.contains($0) }) else { return [path] }
    var status = stat()
    guard lstat(pathText(path), &status) != 0 else { return [path] }
    let found = pathsMatching(pathText(path))
    return found.isEmpty ? [path] : found.map(pathBytes)
  }
}
