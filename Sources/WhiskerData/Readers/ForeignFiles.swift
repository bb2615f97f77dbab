import WhiskerTensor

/// The files of a data set that are neither PNG nor JPEG, counted before anything is trained. Only files that are not
/// called like one are looked into, and of each only the first bytes.
struct ForeignFiles {
  private struct Group {
    var count = 0
    var endings: Set<String> = []
    var example = ""
  }

  /// By what the files are, in words such as "a WebP image".
  private var groups: [String: Group] = [:]
  private var examined = 0

  /// How many files are looked into: reading all of a million without an ending would take minutes.
  private static let limit = 20_000

  /// Looks at the files of one part.
  mutating func add(_ folder: ImageFolder) {
    folder.forEachPath { path, absolute in
      guard !path.isCalledPicture, examined < Self.limit else { return }
      examined += 1
      // What cannot be opened is reported when it is needed.
      guard let head = ImageFormat.head(of: absolute()) else { return }
      if case .other(let description) = ImageFormat(head) { count(path, description) }
    }
  }

  private mutating func count(_ path: RelativePath, _ description: String) {
    var group = groups[description] ?? Group(example: path.description)
    group.count += 1
    if let ending = path.ending, group.endings.count < 5 { group.endings.insert(ending) }
    groups[description] = group
  }

  /// A sentence for each format, with the command that converts it.
  /// - Parameter root: The folder of the data set.
  func notes(in root: String) -> [String] {
    let mark = examined < Self.limit ? "" : "at least "
    let sorted = groups.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    let images = sorted.filter { ImageFormat.other($0.key).convertible != nil }
    let others = sorted.filter { ImageFormat.other($0.key).convertible == nil }
    var notes = images.map { description, group in
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

  /// The command with which ImageMagick writes PNGs beside the files with these endings.
  private static func command(_ endings: Set<String>, in root: String) -> String {
    let tests = endings.sorted().map { "-iname " + ShellWords(["*." + $0]).text }
    let names = tests.count == 1 ? tests[0] : "\\( \(tests.joined(separator: " -o ")) \\)"
    guard !tests.isEmpty else { return "mogrify -format png FILE" }
    return "find \(ShellWords([root]).text) \(names) -exec mogrify -format png {} +"
  }
}
