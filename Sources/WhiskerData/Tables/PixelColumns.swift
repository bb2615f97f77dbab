/// The columns of a table with a gray picture per row, as Kaggle has MNIST: `label`, then `pixel0` to `pixel783`.
struct PixelColumns: Sendable {
  /// The column of the label, the first or the last; nil where there is none.
  let label: Int?
  /// The columns of the pixels, row by row of the picture.
  let pixels: Range<Int>

  /// The columns of a header; nil for those of another table.
  init?(_ header: [String]) {
    let names = header.map { $0.lowercased() }
    let isLabel = { (name: String?) in name == "label" || name == "class" }
    label = isLabel(names.first) ? 0 : isLabel(names.last) ? names.count - 1 : nil
    pixels = label == nil ? 0..<names.count : label == 0 ? 1..<names.count : 0..<names.count - 1
    guard !pixels.isEmpty, names[pixels].allSatisfy(Self.isPixel) else { return nil }
  }

  /// Whether a header has such columns.
  static func areIn(_ header: [String]) -> Bool { PixelColumns(header) != nil }

  /// The names of pixels in the order of their numbers: `pixel2` precedes `pixel10`, and `1x10` precedes `2x1`.
  static func sorted(_ names: ArraySlice<String>) -> [String] {
    let numbered = names.map { name in
      (name: name, numbers: name.split { !("0"..."9").contains($0) }.map { Int($0) ?? Int.max })
    }
    return numbered.sorted { $0.numbers.lexicographicallyPrecedes($1.numbers) }.map(\.name)
  }

  /// `pixel0`, `pixel_0` or `1x1`, which are all in use.
  private static func isPixel(_ name: String) -> Bool {
    let letters = name.filter { !("0"..."9").contains($0) }
    return ["pixel", "pixel_", "px", "x"].contains(letters) && letters.count < name.count
  }
}
