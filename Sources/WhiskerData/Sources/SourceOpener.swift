import WhiskerCore

/// A kind of data that a path can hold, and how it is opened.
///
/// A new source is a file of its own that declares an opener, and a line in `all`.
package struct SourceOpener: Sendable {
  /// A path to open, and how.
  package struct Request: Sendable {
    package let path: String
    /// How pictures are preprocessed; nil for the preprocessing that the data itself has, or else the default.
    package let preprocessing: Preprocessing?
    package let options: DataSource.Options
    package let isFolder: Bool
    package let isFile: Bool

    package init(_ path: String, _ preprocessing: Preprocessing?, _ options: DataSource.Options) {
      self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
      (self.preprocessing, self.options) = (preprocessing, options)
      (isFolder, isFile) = (WhiskerData.isFolder(self.path), WhiskerData.isFile(self.path))
    }

    /// The decoder to pictures as they are kept.
    package var decoder: ImageDecoder {
      ImageDecoder(
        (preprocessing ?? Preprocessing()).kept, maximumPixels: options.maximumPixels,
        allowsTruncated: options.allowsTruncated)
    }
  }

  /// All sources, in the order in which they look at a path. The first that recognises its data opens it.
  package static let all: [SourceOpener] = [.tensorCache, .idx, .archive, .list, .pixelRows, .imageFolder]

  /// Opens the path; nil where it holds something else.
  package let open: @Sendable (Request) throws -> DataSource?

  package init(open: @escaping @Sendable (Request) throws -> DataSource?) { self.open = open }
}

extension DataSource {
  /// Opens the dataset at `path`. Of an image folder only the names are read, and the first bytes of files whose names are not
  /// those of pictures; of a tensor cache only the header.
  /// - Parameter path: A folder, an IDX file, a cache, or a pattern that matches its shards.
  /// - Parameter preprocessing: How pictures are turned into samples; nil for the preprocessing of a cache, or else the default.
  /// - Parameter options: Options that the files do not contain.
  /// - Throws: `FileError` when nothing usable is there, a cache has another preprocessing, or the classes are ambiguous.
  public static func open(
    _ path: String, _ preprocessing: Preprocessing? = nil, options: Options = Options()
  ) throws -> DataSource {
    guard !options.furtherPaths.isEmpty || options.classChanges != nil else {
      return try open(SourceOpener.Request(path, preprocessing, options), with: SourceOpener.all)
    }
    var single = options
    (single.furtherPaths, single.classChanges, single.excluded) = ([], nil, [])
    // The order is that of the classes as they become.
    single.classNames = nil
    try checkPaths([path] + options.furtherPaths)
    let sources = try ([path] + options.furtherPaths).map { try open($0, preprocessing, options: single) }
    let whole = sources.count == 1 ? sources[0] : try joined(sources, options)
    // The classes that count are those after the changes.
    var source = try whole.excluding(
      options.excluded, allowsEmptyClasses: options.allowsEmptyClasses || options.classChanges != nil)
    if let changes = options.classChanges {
      source = try source.changed(by: changes, order: options.classNames)
      if !options.excluded.isEmpty, !options.allowsEmptyClasses {
        try whole.changed(by: changes, order: options.classNames).checkClasses(of: source.splits)
      }
    }
    return source.resized(to: preprocessing ?? sources[0].preprocessing)
  }

  /// Opens a path with the first of `openers` that recognises its data.
  /// - Throws: `FileError` when nothing usable is there.
  package static func open(_ request: SourceOpener.Request, with openers: [SourceOpener]) throws -> DataSource
  {
    for opener in openers {
      if let source = try opener.open(request)?.excluding(
        request.options.excluded, allowsEmptyClasses: request.options.allowsEmptyClasses)
      {
        return request.preprocessing.map { source.resized(to: $0) } ?? source
      }
    }
    guard request.isFile else {
      throw FileError(request.path, "is neither a file nor a folder", advice: "Check the path")
    }
    let format = FileFormat(try FileBytes.head(request.path, count: FileFormat.headSize))
    guard format.picture == nil else {
      throw FileError(
        request.path, "is one picture, not a dataset", advice: "Name the folder that holds a folder per class"
      )
    }
    throw FileError(request.path, "is \(format.description), not a dataset", advice: format.advice)
  }
}
