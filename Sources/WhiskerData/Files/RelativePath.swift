import WhiskerCore

/// A path below the root of a dataset, as the bytes that the file system has; they need not be UTF-8.
package struct RelativePath: Sendable, Hashable, Comparable, CustomStringConvertible,
  ExpressibleByStringLiteral
{
  /// The bytes, parts separated by `/`, without a leading one.
  package let bytes: [UInt8]

  /// A path from its bytes.
  package init(bytes: [UInt8]) { self.bytes = bytes }

  /// A path from its text.
  package init(stringLiteral text: String) { bytes = Array(text.utf8) }

  /// The path of `name`, one or more parts, below this one.
  func appending(_ name: RelativePath) -> RelativePath {
    bytes.isEmpty ? name : RelativePath(bytes: bytes + [UInt8(ascii: "/")] + name.bytes)
  }

  /// The path without parts that lead nowhere: `./cat//1.jpg` is `cat/1.jpg`.
  var normalized: RelativePath {
    let slash = UInt8(ascii: "/")
    let parts = bytes.split(separator: slash).filter { !$0.elementsEqual(CollectionOfOne(UInt8(ascii: "."))) }
    return RelativePath(bytes: (bytes.first == slash ? [slash] : []) + parts.joined(separator: [slash]))
  }

  /// Whether the name starts with a dot.
  var isHidden: Bool { bytes.first == UInt8(ascii: ".") }

  /// Whether the name is that of an entry that is never data: a dot entry, or one that an operating system creates.
  var isIgnored: Bool { isHidden || isSystemEntry }

  /// Entries that Windows, macOS and network storage create in folders, in small letters.
  private static let systemNames: Set<String> = [
    "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "system volume information", "__macosx",
    "_ds_store", "icon\r", "@eadir", "#recycle", "lost+found", "__pycache__",
  ]
  private static let systemNameLengths = systemNames.map(\.utf8.count).reduce(0, max)

  private var isSystemEntry: Bool {
    guard bytes.count <= Self.systemNameLengths, let first = bytes.first else { return false }
    // The first letter rules out most names.
    guard "tTeEdD$sS_iI@#lL".utf8.contains(first) else { return false }
    return Self.systemNames.contains(String(decoding: bytes, as: UTF8.self).lowercased())
  }

  /// The last part of the path.
  var lastPart: ArraySlice<UInt8> {
    bytes.lastIndex(of: UInt8(ascii: "/")).map { bytes[($0 + 1)...] } ?? bytes[...]
  }

  /// The path to open. A path that starts with `/`, as lists may hold, is opened as it is.
  func absolute(below root: String) -> [UInt8] {
    guard !bytes.isEmpty else { return pathBytes(root) }
    guard bytes.first != UInt8(ascii: "/") else { return bytes }
    var path: [UInt8] = []
    // With the zero that system calls append.
    path.reserveCapacity(root.utf8.count + bytes.count + 2)
    path += pathBytes(root)
    path.append(UInt8(ascii: "/"))
    path += bytes
    return path
  }

  /// Plain byte order, whatever the locale.
  package static func < (left: RelativePath, right: RelativePath) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }

  /// The path as it can be printed, with bytes that are no text, and control characters, escaped.
  package var description: String { printable(bytes) }
}
