import WhiskerTensor

/// A path below a data set's root, as the bytes that the file system has; they need not be UTF-8.
package struct RelativePath: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The bytes, parts separated by `/`, without a leading one.
  package let bytes: [UInt8]

  /// A path from its bytes.
  package init(bytes: [UInt8]) { self.bytes = bytes }

  /// The path one level below this one.
  func appending(_ name: RelativePath) -> RelativePath {
    bytes.isEmpty ? name : RelativePath(bytes: bytes + [UInt8(ascii: "/")] + name.bytes)
  }

  /// Whether the last part starts with a dot.
  var isHidden: Bool { bytes.first == UInt8(ascii: ".") }

  /// The path that the system opens.
  func absolute(below root: String) -> [UInt8] {
    var path: [UInt8] = []
    // With room for the zero that ends it for the system.
    path.reserveCapacity(root.utf8.count + bytes.count + 2)
    path += root.utf8
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
