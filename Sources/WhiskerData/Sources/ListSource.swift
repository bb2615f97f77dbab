import WhiskerCore

extension DataSource.Kind {
  /// Pictures that a text file lists with their labels.
  public static let list = DataSource.Kind(rawValue: "list of pictures")
}

extension SourceOpener {
  /// A list of pictures with their labels: CSV, TSV or JSON Lines.
  static let list = SourceOpener { request in
    guard request.isFile,
      let list = try ListFile(request.path, allowsLines: request.options.labelsFromNames),
      !(list.header.map(PixelColumns.areIn) ?? false)
    else { return nil }
    return try ListSource(list, decoder: request.decoder, options: request.options).open()
  }
}

/// Opens a list as a data source. The pictures of a split are ordered as those of a folder are: class by class, in plain byte order of
/// their paths, so that both give the same training.
private struct ListSource {
  private let list: ListFile
  private let pictures: ListedPictures
  private let columns: ListColumns
  private let decoder: ImageDecoder
  private let options: DataSource.Options
  /// The folder of the list.
  private let root: String

  init(_ list: ListFile, decoder: ImageDecoder, options: DataSource.Options) throws {
    guard options.labelsPath == nil else {
      throw FileError(list.path, "is a list, and \(.labels) goes with an IDX file of images")
    }
    (self.list, self.decoder, self.options) = (list, decoder, options)
    root = list.folder
    columns = try list.columns(.init(path: options.pathColumn, label: options.labelColumn))
    guard columns.label != nil || !columns.classes.isEmpty || options.labelsFromNames else {
      throw FileError(
        list.path, "has no column with labels, but \(ListColumns.list(list.header ?? []))",
        advice:
          "Call it label or class, name it with \(.labelColumn), or take the labels from the names of the files: \(.labelsFromNames)"
      )
    }
    pictures = try ListedPictures(list, columns, labelsFromNames: options.labelsFromNames)
  }

  func open() throws -> DataSource {
    guard pictures.count > 0 else {
      throw FileError(
        list.path,
        options.labelsFromNames ? "lists no picture whose name starts with a class" : "lists no pictures")
    }
    let names = try classNames()
    var (notes, missing) = (pictures.notes, Set<[UInt8]>())
    var example: RelativePath?
    for index in 0..<pictures.count {
      let path = pictures[index].path
      let absolute = path.absolute(below: root)
      guard !isThere(absolute) else { continue }
      missing.insert(absolute)
      example = example ?? path
    }
    if let example {
      guard missing.count < pictures.count else {
        throw FileError(
          list.path,
          "lists \(counted(pictures.count, "picture")), but none of the files exists, such as \(example)",
          advice: "Paths are relative to the folder of the list, \(root), or absolute")
      }
      notes.append(
        "\(counted(missing.count, "picture")) of the list \(missing.count == 1 ? "is" : "are") missing and skipped, such as \(example)"
      )
    }
    let splits = try splits(names, ListedFiles(missing: missing))
    var foreign = ForeignFiles()
    for split in DataSource.Split.allCases { splits[split].map { foreign.add($0.folder) } }
    // The list decides the labels, and is one of the files that a resumed training and a cache compare.
    let first = DataSource.Split.allCases.first { splits[$0] != nil }
    let joined = splits.map { split, files in
      var part = JoinedDataset.Part(files.folder)
      if split == first {
        part.files = [
          SourceFile(path: pathBytes(lastPart(of: list.path)), label: nil, absolute: pathBytes(list.path))
        ]
      }
      if columns.group != nil { part.groups = (pictures.groups, files.groups) }
      return (split, JoinedDataset([part], classNames: names))
    }
    if !pictures.groups.isEmpty, splits.count == 1, splits[.training] != nil {
      notes.append(
        "the column group has \(counted(pictures.groups.count, "group")), whose pictures stay in one split by default"
      )
    }
    return DataSource(
      path: list.path, kind: .list, classNames: names, preprocessing: decoder.preprocessing,
      splits: Dictionary(uniqueKeysWithValues: joined),
      notes: notes + foreign.notes(in: root))
  }

  private func splits(
    _ names: [String], _ listed: ListedFiles
  ) throws -> [DataSource.Split: (folder: ImageFolder, groups: [Int32])] {
    let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    let labels = pictures.labels.map { numbers[$0] ?? 0 }
    var files: [DataSource.Split: [PathList]] = [:]
    var groups: [DataSource.Split: [[Int32]]] = [:]
    let none = [PathList](repeating: PathList(), count: names.count)
    let noGroups = [[Int32]](repeating: [], count: names.count)
    for index in 0..<pictures.count {
      let picture = pictures[index]
      let (split, label) = (picture.split ?? .training, labels[picture.label])
      files[split, default: none][label].append(picture.path)
      groups[split, default: noGroups][label].append(Int32(picture.group ?? -1))
    }
    try checkClasses(names, files)
    return Dictionary(
      uniqueKeysWithValues: files.map { split, files in
        let folder = ImageFolder(
          DiskTree(root), listed: listed, decoder: decoder, classNames: names, files: files, PassedOver())
        return (split, (folder, Array((groups[split] ?? []).joined())))
      })
  }

  /// The classes in order: plain byte order, as for folders, unless the user gave another.
  private func classNames() throws -> [String] {
    let found = Set(pictures.labels)
    guard let names = options.classNames else {
      return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
    if let missing = found.subtracting(names).min() {
      throw FileError(list.path, "has the class \(missing), which \(.classNames) does not name")
    }
    let unknown = names.filter { !found.contains($0) }
    guard unknown.isEmpty || options.allowsEmptyClasses else {
      throw FileError(
        list.path, "has no picture of the class \(unknown[0])", advice: "Correct \(.classNames)")
    }
    guard Set(names).count == names.count else {
      throw FileError(list.path, "cannot have the classes of \(.classNames): a name stands twice")
    }
    return names
  }

  /// Checks that every class has samples to train on.
  private func checkClasses(_ names: [String], _ files: [DataSource.Split: [PathList]]) throws {
    guard let training = files[.training], !options.allowsEmptyClasses,
      let label = names.indices.first(where: { training[$0].count == 0 })
    else { return }
    throw FileError(
      list.path, "lists no pictures of the class \(names[label]) for training",
      advice: "Add pictures, remove the class, or allow it with \(.allowsEmptyClasses)")
  }
}

extension DataSource {
  /// The paths of the pictures in the list at `path`, in its order; nil where something else is. Labels are not needed.
  /// - Parameter column: The column of the paths; nil to find it by its name.
  /// - Parameter isAmongOthers: Whether the path is one of several: a table without paths is then a file that is no picture.
  /// - Throws: `FileError` when the list cannot be read, or no column holds paths.
  package static func listedPaths(
    at path: String, column: String?, isAmongOthers: Bool = false
  ) throws -> [String]? {
    if isAmongOthers, column == nil {
      guard (try? ListFile(path, allowsLines: false)?.columns(.init())) != nil else { return nil }
    }
    guard let list = try ListFile(path, allowsLines: false), !(list.header.map(PixelColumns.areIn) ?? false)
    else { return nil }
    let columns = try list.columns(.init(path: column))
    var paths: [String] = []
    try list.forEachRow { row in
      let path = try ListedPictures.path(row[columns.path], list.path, row.line)
      paths.append(pathText(list.folder == "." ? path.bytes : path.absolute(below: list.folder)))
    }
    return paths
  }

  /// Whether a table of pixels is at `path`.
  /// - Throws: `FileError` when it cannot be read.
  package static func holdsPixels(_ path: String) throws -> Bool {
    try ListFile(path, allowsLines: false)?.header.map(PixelColumns.areIn) ?? false
  }
}

extension ListFile {
  /// The folder that the paths are relative to.
  var folder: String {
    let folder = String(path.dropLast(lastPart(of: path).count))
    return folder.isEmpty ? "." : folder.count > 1 ? String(folder.dropLast()) : folder
  }

  /// The columns.
  /// - Throws: `FileError` when no column holds paths.
  func columns(_ names: ListColumns.Names) throws -> ListColumns {
    guard let header else { return .onlyPath }
    let first = try firstRow()
    return try ListColumns(header, of: path, names, first: first) { field in
      guard let path = try? ListedPictures.path(field, path, 1) else { return false }
      return isThere(path.absolute(below: folder))
    }
  }
}
