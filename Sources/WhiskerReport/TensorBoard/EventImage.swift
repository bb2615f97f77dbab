import WhiskerData

/// A picture for TensorBoard, `[height, width, channels]`.
struct EventImage {
  private(set) var height: Int
  private(set) var width: Int
  let channels: Int
  private var pixels: [UInt8]

  /// A picture filled with `background`, a value per channel.
  init(height: Int, width: Int, background: [UInt8]) {
    (self.height, self.width, channels) = (height, width, background.count)
    let row = (0..<width).flatMap { _ in background }
    pixels = (0..<height).flatMap { _ in row }
  }

  /// The PNG file.
  var png: [UInt8] { PNGEncoder.encode(pixels, height: height, width: width, channels: channels) }

  /// The PNG file as a data URI for a page.
  var dataURI: String { PNGEncoder.dataURI(pixels, height: height, width: width, channels: channels) }

  /// Paints a rectangle.
  mutating func fill(x: Int, y: Int, width: Int, height: Int, _ color: [UInt8]) {
    for row in y..<y + height {
      for column in x..<x + width { set(x: column, y: row, color) }
    }
  }

  /// Draws a picture `[height, width, channels]` with the same channels over this one.
  mutating func draw(_ picture: ArraySlice<UInt8>, width: Int, x: Int, y: Int) {
    let length = width * channels
    for (row, start) in stride(from: picture.startIndex, to: picture.endIndex, by: length).enumerated() {
      let place = ((y + row) * self.width + x) * channels
      pixels.replaceSubrange(place..<place + length, with: picture[start..<start + length])
    }
  }

  /// Writes text in capital letters of 3x5 pixels, an empty column after each. What lies outside the picture is left out.
  /// - Parameter isVertical: Whether the text runs upwards from (x, y).
  mutating func write(_ text: String, x: Int, y: Int, _ color: [UInt8], isVertical: Bool = false) {
    for (place, character) in text.uppercased().enumerated() where character != " " {
      let rows = Self.glyphs[character] ?? Self.unknown
      for row in 0..<Self.glyphHeight {
        for column in 0..<3 where rows >> (14 - row * 3 - column) & 1 == 1 {
          let along = place * Self.glyphWidth + column
          let (x, y) = isVertical ? (x + row, y - along) : (x + along, y + row)
          if x >= 0, x < width, y >= 0, y < height { set(x: x, y: y, color) }
        }
      }
    }
  }

  /// The width of text as `write` draws it, in pixels.
  static func width(of text: String) -> Int { text.uppercased().count * glyphWidth - 1 }

  /// The picture with every pixel repeated `factor` times in both directions.
  func enlarged(_ factor: Int) -> EventImage {
    var image = self
    (image.height, image.width, image.pixels) = (height * factor, width * factor, [])
    image.pixels.reserveCapacity(pixels.count * factor * factor)
    for y in 0..<height {
      var row: [UInt8] = []
      for x in 0..<width {
        let start = (y * width + x) * channels
        for _ in 0..<factor { row += pixels[start..<start + channels] }
      }
      for _ in 0..<factor { image.pixels += row }
    }
    return image
  }

  static let glyphWidth = 4
  static let glyphHeight = 5

  /// Characters of three bits a row, the top row first.
  private static let glyphs: [Character: Int] = [
    "A": 0b010_101_111_101_101, "B": 0b110_101_110_101_110, "C": 0b011_100_100_100_011,
    "D": 0b110_101_101_101_110, "E": 0b111_100_110_100_111, "F": 0b111_100_110_100_100,
    "G": 0b011_100_101_101_011, "H": 0b101_101_111_101_101, "I": 0b111_010_010_010_111,
    "J": 0b001_001_001_101_010, "K": 0b101_101_110_101_101, "L": 0b100_100_100_100_111,
    "M": 0b101_111_111_101_101, "N": 0b110_101_101_101_101, "O": 0b010_101_101_101_010,
    "P": 0b110_101_110_100_100, "Q": 0b010_101_101_110_011, "R": 0b110_101_110_101_101,
    "S": 0b011_100_010_001_110, "T": 0b111_010_010_010_010, "U": 0b101_101_101_101_111,
    "V": 0b101_101_101_101_010, "W": 0b101_101_111_111_101, "X": 0b101_101_010_101_101,
    "Y": 0b101_101_010_010_010, "Z": 0b111_001_010_100_111, "-": 0b000_000_111_000_000,
    "_": 0b000_000_000_000_111, ".": 0b000_000_000_000_010, "0": 0b111_101_101_101_111,
    "1": 0b010_110_010_010_111, "2": 0b111_001_111_100_111, "3": 0b111_001_111_001_111,
    "4": 0b101_101_111_001_001, "5": 0b111_100_111_001_111, "6": 0b111_100_111_101_111,
    "7": 0b111_001_010_010_010, "8": 0b111_101_111_101_111, "9": 0b111_101_111_001_111,
  ]
  /// A question mark, for every other character.
  private static let unknown = 0b110_001_010_000_010

  private mutating func set(x: Int, y: Int, _ color: [UInt8]) {
    for channel in 0..<channels { pixels[(y * width + x) * channels + channel] = color[channel] }
  }
}
