import WhiskerCore

/// A dataset that was opened from a path: its splits, their classes, and what was noticed on the way.
public struct DataSource: Sendable {
  /// The splits that a dataset may be divided into.
  public enum Split: String, Sendable, CaseIterable, Codable {
    /// The samples that a network is trained on.
    case training
    /// The samples that every epoch is evaluated on.
    case validation
    /// The samples that are held out until the end.
    case test
  }

  /// Options for opening a dataset.
  public struct Options: Sendable {
    /// The largest number of pixels in a picture.
    public var maximumPixels = ImageDecoder.defaultMaximumPixels
    /// Whether a picture that is cut short or damaged is used with the part that decoded.
    public var allowsTruncated = false
    /// The classes in the wanted order; nil for plain byte order, or for the numbers of an IDX file's labels.
    public var classNames: [String]?
    /// New names of classes, and the classes to drop; nil to keep the classes as they are.
    public var classChanges: ClassChanges?
    /// The labels file that belongs to an IDX file of images; nil to find it by its name.
    public var labelsPath: String?
    /// Whether symbolic links are followed.
    public var followsLinks = false
    /// Whether a picture's class is the start of its file name, up to the first `.`, `_`, `-` or digit.
    public var labelsFromNames = false
    /// The paths of further datasets, whose samples are joined with those of the first.
    public var furtherPaths: [String] = []
    /// The column of a list that holds the paths; nil to find it by its name.
    public var pathColumn: String?
    /// The column of a list that holds the labels; nil to find it by its name.
    public var labelColumn: String?
    /// Whether a class may have no file.
    public var allowsEmptyClasses = false
    /// Whether a table of pixels and pictures in shards may have no labels, as only the pictures are used.
    package var acceptsUnlabelled = false
    /// The paths of samples to leave out, below the root of the dataset.
    public var excluded: [String] = []
    /// Whether no sample will be read, so that a large gzipped file need not be expanded.
    package var describesOnly = false

    /// The defaults.
    public init() {}
  }

  /// The kind of a dataset. Each source declares its own.
  public struct Kind: RawRepresentable, Sendable, Hashable {
    /// The kind in words: "image folder".
    public let rawValue: String

    /// A kind by its name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Datasets of the caller's own.
    public static let own = Kind(rawValue: "samples")
  }

  /// The path that was opened.
  public let path: String
  /// The kind of dataset.
  public let kind: Kind
  /// The classes, in the order of their labels.
  public let classNames: [String]
  /// The shape of every sample, and how pictures are turned into it.
  public let preprocessing: Preprocessing
  /// The splits. A dataset that is not divided is all `training`.
  public let splits: [Split: any Dataset]
  /// Notes on ignored entries and other peculiarities, a sentence each.
  public let notes: [String]
  /// Entries that are listed but never opened, such as symbolic links.
  public let refused: [FileError]

  init(
    path: String, kind: Kind, classNames: [String], preprocessing: Preprocessing,
    splits: [Split: any Dataset], notes: [String] = [], refused: [FileError] = []
  ) {
    (self.path, self.kind, self.classNames, self.preprocessing) = (path, kind, classNames, preprocessing)
    (self.splits, self.notes, self.refused) = (splits, notes, refused)
  }

  /// Datasets of the caller's own, all with the same classes and preprocessing.
  /// - Parameters:
  ///   - path: Where they come from, for errors and reports; there need not be a file.
  ///   - kind: Their kind, for reports.
  ///   - splits: The splits; a dataset that is not divided is all `training`.
  /// - Throws: `FileError` when there is no split, or they do not fit each other.
  public init(_ path: String, kind: Kind = .own, splits: [Split: any Dataset]) throws {
    let datasets = Split.allCases.compactMap { splits[$0] }
    guard let first = datasets.first else { throw FileError(path, "has no splits") }
    let fit = datasets.allSatisfy {
      $0.classNames == first.classNames && $0.preprocessing == first.preprocessing
    }
    guard fit else { throw FileError(path, "has splits of other classes or another preprocessing") }
    self.init(
      path: path, kind: kind, classNames: first.classNames, preprocessing: first.preprocessing, splits: splits
    )
  }

  /// The same source with other datasets for its splits.
  /// - Parameter preprocessing: Their preprocessing; nil for the same.
  func with(_ splits: [Split: any Dataset], _ preprocessing: Preprocessing? = nil) -> DataSource {
    DataSource(
      path: path, kind: kind, classNames: classNames, preprocessing: preprocessing ?? self.preprocessing,
      splits: splits, notes: notes, refused: refused)
  }

  /// The split that an evaluation uses by default: the test split, else the validation split, else everything.
  public var evaluationSplit: Split {
    [.test, .validation].first { splits[$0] != nil } ?? .training
  }
}
