import WhiskerCore

extension DataSource.Kind {
  /// Pictures in tar archives with their labels beside them.
  public static let webDataset = DataSource.Kind(rawValue: "WebDataset")
}

/// Opens tar archives with labels beside the pictures as a data source.
struct WebDataset {
  private let archive: Archive
  private let labels: LabelFiles
  private let decoder: ImageDecoder
  private let options: DataSource.Options

  /// The longest file with a label, in bytes.
  private static let sizeLimit = 1 << 16
  /// The longest label, in bytes. A longer text describes a picture.
  private static let labelLimit = 200

  /// The pictures of `archive` with `labels`.
  init(_ archive: Archive, _ labels: LabelFiles, decoder: ImageDecoder, options: DataSource.Options) {
    (self.archive, self.labels, self.decoder, self.options) = (archive, labels, decoder, options)
  }

  /// - Throws: `FileError` when labels cannot be read, or do not fit the options.
  func open() throws -> DataSource {
    guard !options.labelsFromNames else {
      throw FileError(archive.path, "has labels beside its pictures, not in their names")
    }
    let (files, notes) = try read()
    guard !files.isEmpty else {
      throw FileError(archive.path, "holds no picture with a label that can be read")
    }
    let isNumbered = files.keys.allSatisfy { Self.number($0) != nil }
    let found = files.keys.sorted {
      isNumbered
        ? (Self.number($0) ?? 0, $0) < (Self.number($1) ?? 0, $1) : $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
    let (names, order) = try named(found, isNumbered: isNumbered)
    let dataset = ImageFolder(
      ArchiveTree(archive), listed: ListedFiles(), decoder: decoder, classNames: names,
      files: order.map { files[$0] ?? PathList() }, PassedOver())
    return DataSource(
      path: archive.path, kind: .webDataset, classNames: names, preprocessing: decoder.preprocessing,
      splits: [.training: dataset], notes: notes, refused: archive.index.refused)
  }

  /// The names of the classes and, in the same order, their labels in the archive.
  private func named(_ found: [String], isNumbered: Bool) throws -> (names: [String], labels: [String]) {
    guard let names = options.classNames else { return (found, found) }
    guard Set(names) != Set(found) else { return (names, names) }
    guard isNumbered, names.count > found.compactMap(Self.number).max() ?? 0 else {
      throw FileError(
        archive.path,
        "does not have the classes of \(.classNames); its labels are \(found.prefix(20).joined(separator: ", "))"
      )
    }
    let labels = Dictionary(grouping: found) { Self.number($0) ?? 0 }
    let missing = names.indices.filter { labels[$0] == nil }
    guard missing.isEmpty || options.allowsEmptyClasses else {
      throw FileError(
        archive.path, "has no pictures of the class \(missing.map { names[$0] }.joined(separator: ", "))",
        advice: "Allow it with \(.allowsEmptyClasses)")
    }
    return (names, names.indices.map { labels[$0]?.first ?? "" })
  }

  /// The pictures by their labels, and notes.
  private func read() throws -> (files: [String: PathList], notes: [String]) {
    var files: [String: PathList] = [:]
    var (unlabelled, example, others) = (0, "", 0)
    try labels.forEachGroup { group in
      others += group.others
      guard let picture = group.picture else { return }
      let name = RelativePath(bytes: Array(archive.index.name(picture)))
      let found = try group.label.flatMap { try self.label(at: $0.position, $0.kind) }
      guard let label = found ?? (options.acceptsUnlabelled ? "" : nil) else {
        if unlabelled == 0 { example = name.description }
        unlabelled += 1
        return
      }
      files[label, default: PathList()].append(name)
    }
    let kinds = labels.kinds.map { ".\($0.rawValue)" }.joined(separator: " and ")
    var notes =
      options.acceptsUnlabelled ? [] : ["the labels are from the \(kinds) files beside the pictures"]
    if unlabelled > 0 {
      notes.append("\(counted(unlabelled, "picture")) ignored without a label, such as \(example)")
    }
    if others > 0 { notes.append("\(counted(others, "other file")) ignored beside the pictures") }
    return (files, notes)
  }

  /// The label in a file; nil where it holds none.
  /// - Throws: `FileError` when the system cannot read it.
  private func label(at position: Int, _ kind: LabelFiles.Kind) throws -> String? {
    let entry = archive.index.entry(position)
    guard entry.size <= Self.sizeLimit else { return nil }
    let name = printable(Array(archive.index.name(position)))
    let bytes = try EntryContents(entry, in: archive.files[Int(entry.file)], name: name).all(
      limit: Self.sizeLimit)
    switch kind {
    case .cls, .txt: return Self.label(bytes)
    case .json:
      let found = try? StableJSON.decode(LabelInJSON.self, from: String(decoding: bytes, as: UTF8.self))
      return found.flatMap { Self.label(Array($0.text.utf8)) }
    }
  }

  /// A label without blanks around it; nil for what is none.
  private static func label(_ bytes: [UInt8]) -> String? {
    let isBlank = { (byte: UInt8) in byte <= 0x20 }
    guard let end = bytes.lastIndex(where: { !isBlank($0) }) else { return nil }
    let label = bytes.prefix(through: end).drop(while: isBlank)
    guard label.count <= labelLimit, let text = String(validating: label, as: UTF8.self),
      isPrintable(text)
    else { return nil }
    return number(text).map(String.init) ?? text
  }

  /// The number that a label is; nil for another one.
  private static func number(_ label: String) -> Int? {
    guard label.utf8.count <= 9, label.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(label)
  }
}

/// The label of a picture in a JSON object, a number or a text.
private struct LabelInJSON: Decodable {
  let text: String

  private enum CodingKeys: String, CodingKey, CaseIterable { case label, `class`, cls }

  init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: CodingKeys.self)
    for key in CodingKeys.allCases where object.contains(key) {
      if let number = try? object.decode(Int.self, forKey: key) {
        text = "\(number)"
        return
      }
      text = try object.decode(String.self, forKey: key)
      return
    }
    throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "no label"))
  }
}
