import WhiskerCore

/// Finds the files of MNIST and of datasets in its format in a folder, under their usual names.
enum IDXFolder {
  /// The paths of a pair of files.
  struct Pair {
    let images: String
    let labels: String
  }

  /// The pairs of one dataset, and the folder below the root that holds them.
  struct Pairs {
    var training: Pair?
    var test: Pair?
    var subfolder = ""
  }

  private static let subfolders = ["", "/raw", "/MNIST/raw"]
  private static let endings = ["", ".gz"]

  /// The pairs below `root`; nil where there are none.
  /// - Throws: `FileError` when one file of a pair is missing, or there are several datasets.
  static func pairs(in root: String) throws -> Pairs? {
    for subfolder in subfolders where isFolder(root + subfolder) {
      let folder = root + subfolder
      var sets: [String: [IDXName]] = [:]
      try FolderEntry.forEach(in: pathBytes(folder), followsLinks: true) { entry in
        if entry.kind == .file, let name = IDXName(entry.name) { sets[name.set, default: []].append(name) }
        return true
      }
      guard sets.count <= 1 else { throw severalSets(sets, in: folder) }
      guard let files = sets.values.first?.sorted(by: { $0.precedence < $1.precedence }) else { continue }
      let pairs = Pairs(
        training: try pair(.training, files, in: folder), test: try pair(.test, files, in: folder),
        subfolder: subfolder)
      if pairs.training != nil || pairs.test != nil { return pairs }
    }
    return nil
  }

  /// The labels file that belongs to an images file by its name.
  static func labels(for images: String) -> String? {
    let name = lastPart(of: images)
    guard let range = name.firstRange(of: "images") else { return nil }
    let folder = images.dropLast(name.count)
    let base = name.replacingCharacters(in: range, with: "labels")
    let bare = base.hasSuffix(".gz") ? String(base.dropLast(3)) : base
    let names = [
      bare.replacing("idx3", with: "idx1"), bare.replacing("idx3-ubyte", with: "idx2-int"),
    ]
    return names.flatMap { name in endings.map { folder + name + $0 } }.first(where: isFile)
  }

  private static func pair(
    _ split: DataSource.Split, _ files: [IDXName], in folder: String
  ) throws -> Pair? {
    let files = files.filter { $0.split == split }
    let images = files.first { $0.holdsImages }.map { "\(folder)/\($0.text)" }
    let labels = files.first { !$0.holdsImages }.map { "\(folder)/\($0.text)" }
    switch (images, labels) {
    case (nil, nil): return nil
    case (let images?, let labels?): return Pair(images: images, labels: labels)
    case (let images?, nil): throw missing("labels", "images", "idx3", "idx1", beside: images)
    case (nil, let labels?): throw missing("images", "labels", "idx1", "idx3", beside: labels)
    }
  }

  private static func missing(
    _ wanted: String, _ found: String, _ foundKind: String, _ wantedKind: String, beside path: String
  ) -> FileError {
    let name = lastPart(of: path)
    let bare = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
    let other = bare.replacing(found, with: wanted).replacing("idx2-int", with: "idx3-ubyte")
      .replacing(foundKind, with: wantedKind)
    return FileError(path, "has no \(other) beside it, gzipped or not")
  }

  private static func severalSets(_ sets: [String: [IDXName]], in folder: String) -> FileError {
    let names = sets.map { $0.key.isEmpty ? "mnist" : $0.key }.sorted().joined(separator: ", ")
    return FileError(
      folder, "holds the IDX files of several datasets (\(names))",
      advice: "Name the images file of one, or put each into a folder of its own")
  }
}

/// The name of an IDX file, such as `t10k-images-idx3-ubyte` or `emnist-letters-train-labels-idx1-ubyte.gz`.
struct IDXName {
  let text: String
  /// The words before the split, as in `emnist-letters`; empty for MNIST itself.
  let set: String
  /// Training or test.
  let split: DataSource.Split
  let holdsImages: Bool

  private static let splits: [Substring: DataSource.Split] = [
    "train": .training, "t10k": .test, "test": .test,
  ]

  /// Nil for the name of another file.
  init?(_ name: RelativePath) {
    text = String(decoding: name.bytes, as: UTF8.self)
    let words = text.split { "-.".contains($0) }
    guard let place = words.firstIndex(where: { ["images", "labels"].contains($0) }), place > 0,
      let split = Self.splits[words[place - 1]]
    else { return nil }
    holdsImages = words[place] == "images"
    let kinds: [[Substring]] = holdsImages ? [["idx3", "ubyte"]] : [["idx1", "ubyte"], ["idx2", "int"]]
    let rest = Array(words[(place + 1)...])
    guard kinds.contains(rest) || kinds.contains(rest.dropLast()) && rest.last == "gz" else { return nil }
    self.split = split
    set = words[..<(place - 1)].joined(separator: "-")
  }

  /// The order among files of one split: plain files come before gzipped ones, and MNIST's own spelling before others.
  var precedence: (Int, Int, String) { (text.hasSuffix(".gz") ? 1 : 0, text.contains(".idx") ? 1 : 0, text) }
}

extension String {
  fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
    self[..<range.lowerBound] + text + self[range.upperBound...]
  }
}
