import WhiskerTensor

/// A path below a data set's root, as the bytes that the file system has; they need not be UTF-8.
package struct RelativePath: Sendable, Hashable, Comparable, CustomStringConvertible,
  ExpressibleByStringLiteral
{
  /// The bytes, parts separated by `/`, without a leading one.
  package let bytes: [UInt8]

  /// A path from its bytes.
  package init(bytes: [UInt8]) { self.bytes = bytes }

  /// A path from its text.
  package init(stringLiteral text: String) { bytes = Array(text.utf8) }

  /// The path one level below this one.
  func appending(_ name: RelativePath) -> RelativePath {
    bytes.isEmpty ? name : RelativePath(bytes: bytes + [UInt8(ascii: "/")] + name.bytes)
  }

  /// Whether the name starts with a dot.
  var isHidden: Bool { bytes.first == UInt8(ascii: ".") }

  /// Whether the name is that of an entry that is never data: a dot entry, or what a system leaves in folders.
  var isIgnored: Bool { isHidden || isSystemEntry }

  /// What Windows, macOS and network storage leave in folders, in small letters.
  private static let systemNames: Set<String> = [
    "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "system volume information", "__macosx",
    "_ds_store", "icon\r", "@eadir", "#recycle", "lost+found", "__pycache__",
  ]
  private static let systemNameLengths = systemNames.map(\.utf8.count).reduce(0, max)

  private var isSystemEntry: Bool {
    guard bytes.count <= Self.systemNameLengths, let first = bytes.first else { return false }
    // All other names are decided by their first letter.
    guard "tTeEdD$sS_iI@#lL".utf8.contains(first) else { return false }
    return Self.systemNames.contains(String(decoding: bytes, as: UTF8.self).lowercased())
  }

  /// The name of the last part.
  var lastPart: ArraySlice<UInt8> {
    bytes.lastIndex(of: UInt8(ascii: "/")).map { bytes[($0 + 1)...] } ?? bytes[...]
  }

  /// The path that the system opens.
  func absolute(below root: String) -> [UInt8] {
    guard !bytes.isEmpty else { return pathBytes(root) }
    var path: [UInt8] = []
    // With room for the zero that ends it for the system.
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

  /// The path as it can be printed: what is not text, or would move the cursor, is escaped.
  package var description: String { printable(bytes) }
}
