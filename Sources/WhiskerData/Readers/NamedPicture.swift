/// What the name of a file says about the picture in it.
extension RelativePath {
  private static let pictureEndings: Set<String> = ["png", "jpg", "jpeg", "jpe", "jfif"]

  /// What follows the last dot of the name, in small letters; nil where there is none.
  var ending: String? {
    guard let dot = lastPart.lastIndex(of: UInt8(ascii: ".")) else { return nil }
    return String(decoding: bytes[(dot + 1)...], as: UTF8.self).lowercased()
  }

  /// Whether the name is that of a PNG or JPEG.
  var isCalledPicture: Bool { ending.map(Self.pictureEndings.contains) ?? false }

  /// The start of the name up to the first `.`, `_`, `-` or digit, as in `cat.0.jpg`; nil where there is nothing.
  var classInName: String? {
    var name = lastPart.prefix { byte in
      !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) && !"._-".utf8.contains(byte)
    }
    // "cat (1).jpg"
    while let last = name.last, " (".utf8.contains(last) { name.removeLast() }
    return name.isEmpty ? nil : RelativePath(bytes: Array(name)).description
  }

  /// The classes in the names of files, where those look as if they started with classes; nil where they do not.
  static func classesInNames(of files: [RelativePath]) -> [String]? {
    let names = files.lazy.filter(\.isCalledPicture).compactMap(\.classInName)
    let classes = Set(names)
    guard classes.count > 1, 2 * classes.count <= names.count else { return nil }
    return classes.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
