import WhiskerCore

extension DataSource.Kind {
  /// Pictures in a folder per class.
  public static let imageFolder = DataSource.Kind(rawValue: "image folder")
}

extension SourceOpener {
  /// A folder of pictures. It is the last source to look at a folder: whatever holds no classes is an error.
  static let imageFolder = SourceOpener { request in
    guard request.isFolder else { return nil }
    return try ImageFolderSource(
      DiskTree(request.path), kind: .imageFolder, decoder: request.decoder, options: request.options
    ).open()
  }
}

/// Opens a folder of pictures as a data source: `root/class/...` or `root/{train,val,test}/class/...`.
struct ImageFolderSource {
  private let path: String
  private let kind: DataSource.Kind
  private let layout: FolderLayout
  private let decoder: ImageDecoder
  private let options: DataSource.Options
  /// Notes on how the files were found.
  private let notes: [String]

  private var tree: any FileTree { layout.tree }
  private var root: String { tree.root }

  /// The pictures of `tree`.
  /// - Throws: `FileError` when a folder cannot be read, or the classes are ambiguous.
  init(
    _ tree: any FileTree, kind: DataSource.Kind, decoder: ImageDecoder, options: DataSource.Options,
    notes: [String] = []
  ) throws {
    (path, self.kind, self.decoder, self.options) = (tree.root, kind, decoder, options)
    self.notes = notes
    layout = try FolderLayout(tree, options: options)
  }

  func open() throws -> DataSource {
    guard let places = layout.splits else {
      return try source([.training: folder(RelativePath(bytes: []))], notes: notes)
    }
    var splits: [DataSource.Split: ImageFolder] = [:]
    var notes = notes
    for split in DataSource.Split.allCases {
      guard let place = places[split] else { continue }
      let folder = try folder(place)
      let files = folder.passedOver.loose + folder.passedOver.unnamed
      guard folder.classNames.count > 0 || files == 0 else {
        // A test split often has no classes; the others must have some.
        if split == .test, places.count > 1 {
          notes.append("\(place) ignored: \(counted(files, "file")) without a class")
          continue
        }
        let contents = try FolderContents(tree, place, followsLinks: options.followsLinks)
        throw noClasses(contents, in: place)
      }
      splits[split] = folder
    }
    return try source(splits, notes: notes)
  }

  private func folder(_ split: RelativePath) throws -> ImageFolder {
    try options.labelsFromNames
      ? ImageFolder(namedIn: tree, split: split, decoder: decoder, followsLinks: options.followsLinks)
      : ImageFolder(tree, split: split, decoder: decoder, followsLinks: options.followsLinks)
  }

  private func source(_ splits: [DataSource.Split: ImageFolder], notes: [String]) throws -> DataSource {
    for folder in splits.values { try checkNames(folder) }
    let found = Set(splits.values.flatMap(\.classNames))
    guard !found.isEmpty else { throw noClasses(layout.contents, in: RelativePath(bytes: [])) }
    let names = try options.classNames ?? sortedNames(splits)
    guard Set(names) == found, names.count == found.count else { throw differentClasses(names, found) }
    var complete: [DataSource.Split: ImageFolder] = [:]
    for (split, folder) in splits { complete[split] = try self.complete(split, folder, with: names) }
    let ordered = DataSource.Split.allCases.compactMap { complete[$0] }
    if ordered.allSatisfy({ $0.count == 0 }) { throw noClasses(layout.contents, in: RelativePath(bytes: [])) }
    // The root of an undivided set is one of the folders, and has been counted.
    var passedOver = PassedOver()
    if layout.splits != nil {
      passedOver = layout.contents.passedOver
      passedOver.loose += layout.contents.files.count
      passedOver.own += layout.own
    }
    for folder in ordered { passedOver.add(folder.passedOver) }
    passedOver.refused += tree.refused
    return DataSource(
      path: path, kind: kind, classNames: names, preprocessing: decoder.preprocessing,
      splits: complete, notes: passedOver.notes + notes + layoutNotes(names) + foreignNotes(ordered),
      refused: passedOver.refused)
  }

  /// The classes of the training split, in plain byte order. Another split may lack some, but not add any.
  private func sortedNames(_ splits: [DataSource.Split: ImageFolder]) throws -> [String] {
    guard let training = splits[.training] else {
      return Set(splits.values.flatMap(\.classNames)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
    let known = Set(training.classNames)
    for (split, folder) in splits {
      let extra = folder.classNames.filter { !known.contains($0) }
      guard extra.isEmpty else {
        throw FileError(
          root,
          "has classes in its \(split.rawValue) split that the training split lacks: \(extra.joined(separator: ", "))"
        )
      }
    }
    return training.classNames
  }

  /// Checks that the names of classes differ. Two spellings of one name (a letter with its accent, or the letter and then
  /// the accent) are equal.
  private func checkNames(_ folder: ImageFolder) throws {
    let twice = Dictionary(grouping: folder.classNames) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
    guard twice.isEmpty else {
      throw FileError(
        root, "has class folders whose names look alike: \(twice.joined(separator: ", "))",
        advice: "Rename all but one, or put their pictures together")
    }
  }

  /// The split with all classes, in order. Only the training split must have pictures of each. In another split, a class may
  /// be missing, but an empty folder is an error.
  private func complete(_ split: DataSource.Split, _ folder: ImageFolder, with names: [String]) throws
    -> ImageFolder
  {
    let present = Set(folder.classNames)
    let missing = names.filter { !present.contains($0) }
    let all = folder.adding(missing)
    let examined = split == .training ? all : folder
    let empty = zip(examined.classNames, examined.fileCounts).filter { $0.1 == 0 }.map(\.0)
    guard empty.isEmpty || options.allowsEmptyClasses || folder.count == 0 else {
      throw FileError(
        root, "has no pictures of the class \(empty.joined(separator: ", "))",
        advice: "Add pictures, remove the folder, or allow it with \(.allowsEmptyClasses)")
    }
    return all.ordered(by: names)
  }

  private func foreignNotes(_ folders: [ImageFolder]) -> [String] {
    var files = ForeignFiles()
    for folder in folders { files.add(folder) }
    return files.notes(in: tree.isOnDisk ? path : nil)
  }

  private func layoutNotes(_ names: [String]) -> [String] {
    let place = root == path ? [] : ["the classes are looked for in \(root)"]
    guard names.count == 1, layout.splits == nil, !options.labelsFromNames, options.classNames == nil,
      let only = layout.contents.folders.first(where: { $0.description == names[0] }),
      let contents = try? FolderContents(tree, only, followsLinks: options.followsLinks),
      contents.files.isEmpty, contents.folders.count > 1
    else { return place }
    let folders = contents.folders.prefix(3).map(\.description).joined(separator: ", ")
    return place + [
      "\(only) is the only class. If its folders are the classes (\(folders)), name \(root)/\(only)"
    ]
  }

  /// The error for a folder that should hold classes.
  private func noClasses(_ contents: FolderContents, in place: RelativePath) -> FileError {
    let folder = place.bytes.isEmpty ? root : "\(root)/\(place)"
    if options.labelsFromNames {
      return FileError(
        folder, "holds no picture whose name starts with a class",
        advice: "Names look like cat.0.jpg, dog_17.png or cat-a.jpg")
    }
    let others = contents.passedOver.refused.count
    let found =
      contents.files.count > 0
      ? "\(counted(contents.files.count, "file")) but no class folders with pictures"
      : others > 0
        ? "\(counted(others, "symbolic link or device", "symbolic links or devices")), which are not opened (\(contents.passedOver.refused[0]))"
        : "no pictures"
    var advice: ErrorText =
      "Put the pictures into one folder per class: \(folder)/cat/1.jpg, \(folder)/dog/1.jpg"
    if let classes = RelativePath.classesInNames(of: contents.files) {
      let shown = classes.prefix(5).joined(separator: ", ") + (classes.count > 5 ? ", ..." : "")
      advice =
        "\(advice). If the names of the files start with their classes (\(shown)), take the labels from the names: \(.labelsFromNames)"
    }
    return FileError(folder, "holds \(found)", advice: advice)
  }

  private func differentClasses(_ names: [String], _ found: Set<String>) -> FileError {
    let missing = found.subtracting(names).sorted(), unknown = Set(names).subtracting(found).sorted()
    let splits = [
      missing.isEmpty ? nil : "not named: \(Self.first(missing))",
      unknown.isEmpty ? nil : "not there: \(Self.first(unknown))",
      missing.isEmpty && unknown.isEmpty ? "a name stands twice" : nil,
    ]
    return FileError(
      root,
      "does not have the classes of \(.classNames) (\(splits.compactMap { $0 }.joined(separator: "; ")))"
    )
  }

  /// The first of some names, and how many more there are.
  private static func first(_ names: [String]) -> String {
    let shown = 20
    let more = names.count > shown ? " and \(names.count - shown) more" : ""
    return names.prefix(shown).joined(separator: ", ") + more
  }
}
