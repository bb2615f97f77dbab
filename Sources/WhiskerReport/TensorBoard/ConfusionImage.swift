import WhiskerTraining

/// A confusion matrix as an image: a row per actual class, a column per predicted one, with their names. Correct
/// predictions are blue, confusions orange, the stronger the larger their fraction of the row.
struct ConfusionImage {
  let image: EventImage

  /// The most classes that are drawn.
  private static let classLimit = 200
  /// The most classes for which the cells show their counts.
  private static let numberedLimit = 20
  /// The most characters of a name that are drawn.
  private static let nameLimit = 16
  /// The height of a picture without counts, about, in pixels.
  private static let side = 400
  private static let scale = 3
  private static let right = [0x1F, 0x5F, 0xA8]
  private static let wrong = [0xD9, 0x5F, 0x02]
  private static let white: [UInt8] = [255, 255, 255]
  private static let dark: [UInt8] = [40, 40, 40]
  private static let axes = (rows: "ACTUAL", columns: "PREDICTED")

  /// The image; nil for a matrix of too many classes.
  init?(_ matrix: ConfusionMatrix, _ classNames: [String]) {
    let count = matrix.classCount
    guard count <= Self.classLimit else { return nil }
    let rows = matrix.rows
    let isNumbered = count <= Self.numberedLimit
    let digits = String(rows.joined().max() ?? 0).count
    let cell = isNumbered ? max(3, digits) * EventImage.glyphWidth + 5 : max(2, Self.side / count)
    let names = cell > EventImage.glyphHeight ? classNames.map { String($0.prefix(Self.nameLimit)) } : []
    let longest = max(names.map(\.count).max() ?? 0, Self.axes.columns.count)
    let head = names.isEmpty ? 0 : longest * EventImage.glyphWidth + 4
    let side = head + count * cell
    var image = EventImage(height: side, width: side, background: Self.white)
    Self.write(names, head: head, cell: cell, in: &image)
    for (actual, row) in rows.enumerated() {
      let y = head + actual * cell
      for (predicted, value) in row.enumerated() where value > 0 {
        let share = Double(value) / Double(matrix.support[actual])
        let color = Self.shade(actual == predicted ? Self.right : Self.wrong, share)
        let x = head + predicted * cell
        image.fill(x: x, y: y, width: cell - 1, height: cell - 1, color)
        guard isNumbered else { continue }
        let text = String(value)
        image.write(
          text, x: x + (cell - EventImage.width(of: text)) / 2, y: y + (cell - EventImage.glyphHeight) / 2,
          share > 0.5 ? Self.white : Self.dark)
      }
    }
    self.image = isNumbered ? image.enlarged(Self.scale) : image
  }

  /// The classes in the order of rows and columns, in Markdown.
  static func description(_ classNames: [String]) -> String {
    "Rows are actual classes, columns predicted ones, in this order: " + classNames.joined(separator: ", ")
  }

  /// Writes the names beside the rows and above the columns, and the names of the axes.
  private static func write(_ names: [String], head: Int, cell: Int, in image: inout EventImage) {
    guard !names.isEmpty else { return }
    let margin = (cell - EventImage.glyphHeight) / 2
    for (place, name) in names.enumerated() {
      let start = head + place * cell + margin
      image.write(name, x: head - 2 - EventImage.width(of: name), y: start, dark)
      image.write(name, x: start, y: head - 3, dark, isVertical: true)
    }
    image.write(axes.rows, x: 0, y: head - 2 - EventImage.glyphHeight, dark)
    image.write(axes.columns, x: head - 2 - EventImage.glyphHeight, y: head - 3, dark, isVertical: true)
  }

  /// From a tenth of the colour, so that a single mistake is visible.
  private static func shade(_ color: [Int], _ share: Double) -> [UInt8] {
    color.map { UInt8(255 - Double(255 - $0) * (0.1 + 0.9 * share)) }
  }
}
