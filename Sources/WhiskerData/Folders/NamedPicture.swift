/// The format and the class of a picture by its file name.
extension RelativePath {
  /// The part of the name after the last dot, in small letters; nil where there is no dot.
  var ending: String? {
    guard let dot = lastPart.lastIndex(of: UInt8(ascii: ".")) else { return nil }
    return String(decoding: bytes[(dot + 1)...], as: UTF8.self).lowercased()
  }

  /// Whether the name ends like that of a picture that can be decoded.
  var isCalledPicture: Bool { ending.map(ImageFormat.allEndings.contains) ?? false }

  /// The start of the name up to the first `.`, `_`, `-` or digit, as in `cat.0.jpg`; nil where it is empty.
  var classInName: String? {
    var name = lastPart.prefix { byte in
      !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) && !"._-".utf8.contains(byte)
    }
    // "cat (1).jpg"
    while let last = name.last, " (".utf8.contains(last) { name.removeLast() }
    return name.isEmpty ? nil : RelativePath(bytes: Array(name)).description
  }

  /// The classes in the names of files, where those appear to start with classes; nil otherwise.
  static func classesInNames(of files: [RelativePath]) -> [String]? {
    let names = files.lazy.filter(\.isCalledPicture).compactMap(\.classInName)
    let classes = Set(names)
    guard classes.count > 1, 2 * classes.count <= names.count else { return nil }
    return classes.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
