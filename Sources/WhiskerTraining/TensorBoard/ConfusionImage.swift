/// A confusion matrix to look at: a row per actual class, a column per predicted one, each numbered at its head. What is
/// right is blue, what is wrong is orange, the stronger the larger its share of the row; the counts stand in the cells.
struct ConfusionImage {
  let image: EventImage

  /// With more classes there is nothing to see.
  private static let classLimit = 200
  /// With more classes the counts have no room.
  private static let numberedLimit = 20
  private static let right = [0x1F, 0x5F, 0xA8]
  private static let wrong = [0xD9, 0x5F, 0x02]
  private static let white: [UInt8] = [255, 255, 255]
  private static let dark: [UInt8] = [40, 40, 40]

  /// The picture; nil for a matrix of too many classes.
  init?(_ matrix: ConfusionMatrix) {
    let count = matrix.classCount
    guard count <= Self.classLimit else { return nil }
    let rows = matrix.rows
    let isNumbered = count <= Self.numberedLimit
    let digits = String(rows.joined().max() ?? 0).count
    let cell = isNumbered ? max(3, digits) * EventImage.figureWidth + 5 : max(2, 400 / count)
    let head = isNumbered ? cell : 0
    let side = head + count * cell
    var image = EventImage(height: side, width: side, background: Self.white)
    for (actual, row) in rows.enumerated() {
      let y = head + actual * cell
      if isNumbered {
        Self.write(actual, in: &image, x: 0, y: y, cell, Self.dark)
        Self.write(actual, in: &image, x: y, y: 0, cell, Self.dark)
      }
      for (predicted, value) in row.enumerated() where value > 0 {
        let share = Double(value) / Double(matrix.support[actual])
        let color = Self.shade(actual == predicted ? Self.right : Self.wrong, share)
        let x = head + predicted * cell
        image.fill(x: x, y: y, width: cell - 1, height: cell - 1, color)
        guard isNumbered else { continue }
        Self.write(value, in: &image, x: x, y: y, cell, share > 0.5 ? Self.white : Self.dark)
      }
    }
    self.image = image
  }

  /// What the numbers of the rows and columns mean, in Markdown.
  static func description(_ classNames: [String]) -> String {
    let names = classNames.enumerated().map { "\($0) \($1)" }
    return "Rows are the actual classes, columns the predicted ones: " + names.joined(separator: ", ")
  }

  /// From a tenth of the colour, so that a single mistake is seen too.
  private static func shade(_ color: [Int], _ share: Double) -> [UInt8] {
    color.map { UInt8(255 - Double(255 - $0) * (0.1 + 0.9 * share)) }
  }

  /// Writes a number into the middle of a cell.
  private static func write(
    _ number: Int, in image: inout EventImage, x: Int, y: Int, _ cell: Int, _ color: [UInt8]
  ) {
    let width = String(number).count * EventImage.figureWidth - 1
    image.write(
      number, x: x + (cell - 1 - width) / 2, y: y + (cell - 1 - EventImage.figureHeight) / 2, color)
  }
}
