import WhiskerCore

/// Entries of a data folder that are ignored, because they are no data.
struct PassedOver: Sendable {
  /// The number of dot entries.
  var hidden = 0
  /// The number of entries that operating systems create, and their names.
  var system = 0
  var systemNames: Set<String> = []
  /// The files and folders that Whisker has written.
  var own: [RelativePath] = []
  /// Symbolic links that are not followed, devices, sockets and FIFOs, which are never opened.
  var refused: [FileError] = []
  /// The number of files beside the class folders, which have no class.
  var loose = 0
  /// The number of files whose names start with no class, where the names decide.
  var unnamed = 0

  /// The number of names in a note.
  private static let namesShown = 3

  /// Adds an entry that is ignored in every folder.
  mutating func add(ignored name: RelativePath) {
    guard !name.isHidden else { return hidden += 1 }
    system += 1
    systemNames.insert(name.description)
  }

  mutating func add(_ other: PassedOver) {
    hidden += other.hidden
    system += other.system
    systemNames.formUnion(other.systemNames)
    own += other.own
    refused += other.refused
    loose += other.loose
    unnamed += other.unnamed
  }

  /// A sentence for each kind that is there.
  var notes: [String] {
    var notes: [String] = []
    if hidden > 0 {
      notes.append(
        "\(counted(hidden, "dot entry", "dot entries")) ignored (names that start with a dot)")
    }
    if system > 0 {
      let names = Self.list(systemNames.sorted())
      notes.append("\(counted(system, "system entry", "system entries")) ignored (\(names))")
    }
    if !own.isEmpty {
      let names = Self.list(own.map(\.description))
      let advice = own.contains { $0.bytes.hasSuffix(OwnFiles.tensorEnding) }
      notes.append(
        "\(counted(own.count, "entry", "entries")) ignored that Whisker wrote (\(names))"
          + (advice ? ". To use a tensor cache, name its file" : ""))
    }
    if loose > 0 { notes.append("\(counted(loose, "file")) ignored beside the class folders") }
    if unnamed > 0 {
      notes.append(
        "\(counted(unnamed, "file")) ignored that are no pictures, or whose names start with no class")
    }
    return notes
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(namesShown).joined(separator: ", ") + (names.count > namesShown ? ", ..." : "")
  }
}
