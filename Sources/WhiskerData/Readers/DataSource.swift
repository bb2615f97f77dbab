import WhiskerTensor

/// What a path holds: pictures in class folders, with or without splits, or MNIST's files.
public struct DataSource: Sendable {
  /// The parts that a data set may be divided into.
  public enum Part: String, Sendable, CaseIterable, Codable {
    /// What a network learns from.
    case training
    /// What the epochs are measured on.
    case validation
    /// What is kept for the end.
    case test
  }

  /// What the caller may say about the data that the files do not.
  public struct Options: Sendable {
    /// The largest number of pixels in a picture.
    public var maximumPixels = ImageDecoder.defaultMaximumPixels
    /// Whether a picture that is cut short or damaged stands for itself with the part that decoded.
    public var allowsTruncated = false
    /// The classes in the wanted order; nil for plain byte order, or for the numbers of an IDX file's labels.
    public var classNames: [String]?
    /// The labels' file that belongs to an IDX file of images; nil to find it by its name.
    public var labelsPath: String?
    /// Whether symbolic links stand for what they lead to.
    public var followsLinks = false
    /// Whether a picture's class is the start of its file's name, up to the first `.`, `_`, `-` or digit.
    public var labelsFromNames = false
    /// Whether a class may be without a file.
    public var allowsEmptyClasses = false
    /// Whether no sample will be read, so that a large gzipped file need not be expanded.
    package var describesOnly = false

    /// Nothing but defaults.
    public init() {}
  }

  /// The kinds of data sets.
  public enum Kind: String, Sendable {
    /// Pictures in a folder per class.
    case imageFolder = "image folder"
    /// MNIST's format.
    case idx = "IDX files"
    /// What `Preprocessor` wrote.
    case cache = "tensor cache"
    /// What the caller reads.
    case own = "samples"
    /// What `NoiseDataset` draws.
    case synthetic = "random pictures and labels"
  }

  /// The path that was opened.
  public let path: String
  /// What kind it is.
  public let kind: Kind
  /// The classes, in the order of their labels.
  public let classNames: [String]
  /// What the samples are turned into, or were when the cache was made.
  public let preprocessing: Preprocessing
  /// The parts that are there. A data set without splits is all `training`.
  public let parts: [Part: any Dataset]
  /// What was passed over or is noteworthy, a sentence each.
  public let notes: [String]
  /// What is listed but was not opened, such as symbolic links.
  public let refused: [FileError]
  /// The files of a tensor cache, in order; empty for everything else.
  let caches: [TensorCache]

  /// Whether a tensor cache of one file is at `path`, or what is left of one.
  public static func isCache(_ path: String) -> Bool { isFile(path) && TensorCache.claimsToBeCache(path) }

  /// Whether a tensor cache, a folder of its shards or a pattern that matches them is at `path`.
  /// - Throws: `FileError` when the path cannot be read.
  public static func holdsCache(_ path: String) throws -> Bool { try CacheSource.files(at: path) != nil }

  /// What a tensor cache is, in words; nil for everything else.
  public var cacheDescription: String? {
    guard let first = caches.first else { return nil }
    let size = caches.reduce(0) { $0 + $1.size }
    return
      "format \(CacheManifest.version), \(counted(caches.count, "file")), \(grouped(size)) bytes, "
      + "made from \(counted(first.manifest.origin.files, "file"))"
  }

  /// What a tensor cache was made from; nil for everything else.
  var origin: CacheOrigin? { caches.first?.manifest.origin }

  init(
    path: String, kind: Kind, classNames: [String], preprocessing: Preprocessing, parts: [Part: any Dataset],
    notes: [String], refused: [FileError], caches: [TensorCache] = []
  ) {
    (self.path, self.kind, self.classNames, self.preprocessing) = (path, kind, classNames, preprocessing)
    (self.parts, self.notes, self.refused, self.caches) = (parts, notes, refused, caches)
  }

  /// A data set that the caller reads: every part with the same classes and preprocessing.
  /// - Parameters:
  ///   - path: Where it comes from, for errors and reports; it need not lead to a file.
  ///   - parts: The parts that are there; what is not divided is all `training`.
  /// - Throws: `FileError` when there is no part, or they do not fit each other.
  public init(_ path: String, parts: [Part: any Dataset]) throws {
    let datasets = Part.allCases.compactMap { parts[$0] }
    guard let first = datasets.first else { throw FileError(path, "has no parts") }
    let fit = datasets.allSatisfy {
      $0.classNames == first.classNames && $0.preprocessing == first.preprocessing
    }
    guard fit else { throw FileError(path, "has parts of other classes or another preprocessing") }
    self.init(
      path: path, kind: .own, classNames: first.classNames, preprocessing: first.preprocessing, parts: parts,
      notes: [], refused: [])
  }

  /// What the tensor cache at `path` holds pictures as; nil where no cache is.
  /// - Throws: `FileError` when the cache is damaged.
  public static func cachedPreprocessing(at path: String) throws -> Preprocessing? {
    try CacheSource.files(at: path)?.first.map { try TensorCache($0).manifest.preprocessing }
  }

  /// Opens the data set at `path`. Of an image folder only the names are read, and the first bytes of files that are not
  /// called like pictures; of a tensor cache only the header.
  /// - Parameter path: A folder, an IDX file, a cache, or a pattern that matches its shards.
  /// - Parameter preprocessing: What the samples are turned into; nil for what a cache holds, or else the default.
  /// - Parameter options: What the files do not tell.
  /// - Throws: `FileError` when nothing usable is there, or a cache holds something else; `LayoutError` where it is open
  ///   what the classes are.
  public static func open(
    _ path: String, _ preprocessing: Preprocessing? = nil, options: Options = Options()
  ) throws -> DataSource {
    let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    if let files = try CacheSource.files(at: path) {
      return try CacheSource(path: path, preprocessing: preprocessing, options: options).open(files)
    }
    func checkLabels() throws {
      guard options.labelsFromNames else { return }
      throw FileError(path, "is no folder of pictures, so that there are no names to take labels from")
    }
    let decoder = ImageDecoder(
      preprocessing ?? Preprocessing(), maximumPixels: options.maximumPixels,
      allowsTruncated: options.allowsTruncated)
    if isFolder(path) {
      guard options.labelsPath == nil else {
        throw FileError(path, "is a folder, and --labels goes with an IDX file of images")
      }
      guard let pairs = try IDXFolder.pairs(in: path) else {
        return try ImageFolderSource(path, decoder: decoder, options: options).open()
      }
      try checkLabels()
      return try IDXSource(path: path, decoder: decoder, options: options).open(pairs)
    }
    try checkLabels()
    guard isFile(path) else {
      throw FileError(path, "is neither a file nor a folder", advice: "Check the path")
    }
    return try IDXSource(path: path, decoder: decoder, options: options).openPair()
  }

  /// The part that an evaluation means when it names none: the test part, else the validation part, else everything.
  public var evaluationPart: Part {
    [.test, .validation].first { parts[$0] != nil } ?? .training
  }
}
