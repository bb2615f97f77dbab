import WhiskerCore

/// The columns of a table with a gray picture per row, as Kaggle has MNIST: `label`, then `pixel0` to `pixel783`.
struct PixelColumns: Sendable {
  /// The column of the label; nil where there is none.
  let label: Int?
  /// The columns of the pixels, in the order of the table.
  private let pixels: [(column: Int, name: String, numbers: [Int])]

  /// The columns of a header; nil for those of another table.
  init?(_ header: [String]) {
    let names = header.map { $0.lowercased() }
    let label = names.firstIndex { $0 == "label" || $0 == "class" }
    var pixels: [(column: Int, name: String, numbers: [Int])] = []
    for (column, name) in names.enumerated() where column != label {
      guard let numbers = Self.numbers(in: name) else { return nil }
      pixels.append((column, header[column], numbers))
    }
    guard !pixels.isEmpty else { return nil }
    (self.label, self.pixels) = (label, pixels)
  }

  /// Whether a header has such columns.
  static func areIn(_ header: [String]) -> Bool { PixelColumns(header) != nil }

  /// The number of pixels.
  var count: Int { pixels.count }

  /// The columns of the pixels of a square picture, row by row, whatever their order in the table: `pixel2` precedes `pixel10`, and
  /// `1x10` precedes `2x1`.
  /// - Throws: `FileError` when the numbers in their names leave the order open.
  func inOrder(side: Int, _ path: String) throws -> [Int] {
    let sorted = pixels.sorted { $0.numbers.lexicographicallyPrecedes($1.numbers) }
    let first = sorted[0].numbers
    for (place, pixel) in sorted.enumerated() {
      let wanted = first.count == 1 ? [place] : [place / side, place % side]
      // Numbers are not negative, so that a difference is never too large.
      guard pixel.numbers.count == first.count, zip(pixel.numbers, first).map(-) == wanted else {
        let before = sorted[place - 1].name
        throw FileError(
          path,
          "has columns of pixels whose numbers are not those of a picture of \(side)x\(side): "
            + "\(printable(pixel.name)) follows \(printable(before))",
          advice: "Number the pixels row by row, each number once: pixel0, pixel1, pixel2")
      }
    }
    return sorted.map(\.column)
  }

  /// The numbers at the end of a name, in one of the forms that are in use: `pixel0`, `pixel_0`, `px0`, `x0`, or `1x1`, which is a
  /// row and a column; nil for another name.
  private static func numbers(in name: String) -> [Int]? {
    let isDigit = { (character: Character) in character.isASCII && character.isNumber }
    guard name.last.map(isDigit) ?? false else { return nil }
    let digits = name.split { !isDigit($0) }
    let letters = name.filter { !isDigit($0) }
    let isKnown =
      digits.count == 1
      ? ["pixel", "pixel_", "px", "x"].contains(letters) : digits.count == 2 && letters == "x"
    return isKnown ? digits.map { Int($0) ?? .max } : nil
  }
}
