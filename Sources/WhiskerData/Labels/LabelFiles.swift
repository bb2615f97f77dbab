import WhiskerCore

/// Files with labels beside the pictures of a tar archive, as WebDataset has them: `key.jpg` beside `key.cls`, `key.txt` or
/// `key.json`. The key is a path up to the first dot of its last part.
struct LabelFiles {
  /// A picture and the files beside it, by their positions in the archive's index.
  struct Group {
    var picture: Int?
    /// The position of the file with the label, and its kind.
    var label: (position: Int, kind: Kind)?
    /// The number of other files, of further pictures too.
    var others = 0
  }

  /// A file with a label, by the ending of its name. The first kind is read where there are several.
  enum Kind: String, CaseIterable {
    case cls, json, txt

    fileprivate var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  }

  private let index: ArchiveIndex
  /// The kinds that are there, beside pictures.
  let kinds: [Kind]

  /// Looks for labels beside pictures; nil where there are none, or where folders name the classes: then texts are something
  /// else.
  init?(_ archive: Archive) {
    index = archive.index
    var found: Set<Kind> = []
    var folders: Set<[UInt8]> = []
    Self.forEachGroup(of: index) { group in
      guard let picture = group.picture, folders.count <= 1 || !found.contains(.cls) else { return }
      if let label = group.label { found.insert(label.kind) }
      let name = RelativePath(bytes: Array(archive.index.name(picture)))
      if folders.count <= 1 { folders.insert(Array(name.bytes.dropLast(name.lastPart.count))) }
    }
    let isOneFolder = folders.count <= 1 || archive.files.count > 1
    guard found.contains(.cls) || !found.isEmpty && isOneFolder else { return nil }
    kinds = Kind.allCases.filter(found.contains)
  }

  /// Calls `body` with the files of every key, in plain byte order.
  func forEachGroup(_ body: (Group) throws -> Void) rethrows { try Self.forEachGroup(of: index, body) }

  private static func forEachGroup(of index: ArchiveIndex, _ body: (Group) throws -> Void) rethrows {
    var group = Group()
    var key: ArraySlice<UInt8> = []
    for position in 0..<index.count where index.entry(position).coding != .folder {
      let name = index.name(position)
      let start = name.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? name.startIndex
      guard let dot = name[start...].firstIndex(of: UInt8(ascii: ".")), dot > start,
        !RelativePath(bytes: Array(name[start...])).isIgnored
      else { continue }
      if !name[..<dot].elementsEqual(key) {
        try body(group)
        (group, key) = (Group(), name[..<dot])
      }
      group.add(position, ending: name[(dot + 1)...])
    }
    try body(group)
  }
}

extension LabelFiles.Group {
  fileprivate mutating func add(_ position: Int, ending: ArraySlice<UInt8>) {
    let ending = String(decoding: ending, as: UTF8.self).lowercased()
    if let kind = LabelFiles.Kind(rawValue: ending) {
      if label.map({ kind.rank < $0.kind.rank }) ?? true { label = (position, kind) }
    } else if picture == nil, ImageFormat.allEndings.contains(ending) {
      picture = position
    } else {
      others += 1
    }
  }
}
