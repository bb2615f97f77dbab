import WhiskerCore

/// The files of a dataset in formats that are not read, counted before anything is trained. Only files whose names are not those
/// of pictures are opened, and of each only the first bytes are read.
struct ForeignFiles {
  private struct Group {
    var count = 0
    var endings: Set<String> = []
    var example = ""
    var isConvertible = false
  }

  /// The groups by the description of their format, such as "a TIFF image".
  private var groups: [String: Group] = [:]
  private var examined = 0

  /// The most files that are opened: a million files without an ending would take minutes.
  fileprivate static let limit = 20_000

  /// Examines the files of one split.
  mutating func add(_ folder: ImageFolder) {
    folder.forEachPath { path, tree in
      guard !path.isCalledPicture, examined < Self.limit else { return }
      examined += 1
      // A file that cannot be opened is reported when it is read.
      guard let format = FileFormat(path, in: tree), format.picture == nil else { return }
      count(path, format)
    }
  }

  private mutating func count(_ path: RelativePath, _ format: FileFormat) {
    let description = format.description
    var group = groups[description] ?? Group(example: path.description, isConvertible: format.isConvertible)
    group.count += 1
    if let ending = path.ending, group.endings.count < 5 { group.endings.insert(ending) }
    groups[description] = group
  }

  /// A sentence for each format, with the command that converts its files.
  /// - Parameter root: The folder of the dataset; nil for an archive.
  func notes(in root: String?) -> [String] {
    let mark = examined < Self.limit ? "" : "at least "
    let sorted = groups.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    let others = sorted.filter { !$0.value.isConvertible }
    var notes = sorted.filter(\.value.isConvertible).map { description, group in
      let name = description.split(separator: " ", maxSplits: 1)[1]
      return "\(mark)\(counted(group.count, String(name))) cannot be read, such as \(group.example). "
        + "Convert with: \(Self.command(group.endings, in: root))"
    }
    if let first = others.first {
      let count = others.reduce(0) { $0 + $1.value.count }
      notes.append(
        "\(mark)\(counted(count, "file")) \(count == 1 ? "is no picture" : "are no pictures"), such as "
          + "\(first.value.example), which is \(first.key)")
    }
    return notes
  }

  /// The command by which ImageMagick writes PNGs beside the files with these endings.
  private static func command(_ endings: Set<String>, in root: String?) -> String {
    guard let root else { return "unpack the archive, then mogrify -format png FILE" }
    let tests = endings.sorted().map { "-iname " + ShellWords(["*." + $0]).text }
    let names = tests.count == 1 ? tests[0] : "\\( \(tests.joined(separator: " -o ")) \\)"
    guard !tests.isEmpty else { return "mogrify -format png FILE" }
    return "find \(ShellWords([root]).text) \(names) -exec mogrify -format png {} +"
  }
}

extension SampleSet {
  /// The samples of an image folder whose files are in formats that are not read, such as TIFF. Nothing is decoded.
  ///
  /// Of a large set, only files whose names are not those of pictures are opened.
  /// - Parameter readAhead: How far and on how many threads to read ahead.
  /// - Throws: `ResourceError` when the machine is at fault.
  public func foreignPictures(_ readAhead: ReadAhead) throws -> [SampleFailure] {
    guard let files = dataset.pictureFiles else { return [] }
    let samples = StoredSamples(dataset)
    let path = { @Sendable (index: SampleIndex) in RelativePath(bytes: samples.path(at: Int(index))) }
    let isLarge = count > ForeignFiles.limit
    let candidates = isLarge ? indices.filter { !path($0).isCalledPicture } : indices
    var found: [SampleFailure] = []
    // A file that cannot be opened is reported when it is read.
    let look = { @Sendable (place: Int) in
      files.head(of: Int(candidates[place]), count: FileFormat.headSize).map { FileFormat($0) }
    }
    try readAhead.inOrder(candidates.count, chunk: 64, compute: look) { place, format in
      guard let format, format.picture == nil else { return }
      let index = Int(candidates[place])
      found.append(
        SampleFailure(
          index: index, name: dataset.name(at: index),
          reason: "is \(format.description), not \(ImageFormat.names)"))
    }
    return found
  }
}
