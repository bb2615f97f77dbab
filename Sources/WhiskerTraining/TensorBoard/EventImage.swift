import WhiskerData

/// A picture for TensorBoard, `[height, width, channels]`.
struct EventImage {
  let height: Int
  let width: Int
  let channels: Int
  private var pixels: [UInt8]

  /// A picture filled with `background`, a value per channel.
  init(height: Int, width: Int, background: [UInt8]) {
    (self.height, self.width, channels) = (height, width, background.count)
    pixels = Array(repeatElement(background, count: height * width).joined())
  }

  /// The PNG file.
  var png: [UInt8] { PNGEncoder.encode(pixels, height: height, width: width, channels: channels) }

  /// Paints a rectangle.
  mutating func fill(x: Int, y: Int, width: Int, height: Int, _ color: [UInt8]) {
    for row in y..<y + height {
      for column in x..<x + width { set(x: column, y: row, color) }
    }
  }

  /// Lays a picture `[height, width, channels]` of as many channels over this one.
  mutating func draw(_ picture: ArraySlice<UInt8>, width: Int, x: Int, y: Int) {
    let length = width * channels
    for (row, start) in stride(from: picture.startIndex, to: picture.endIndex, by: length).enumerated() {
      let place = ((y + row) * self.width + x) * channels
      pixels.replaceSubrange(place..<place + length, with: picture[start..<start + length])
    }
  }

  /// Writes a number in figures of 3x5 pixels, an empty column behind each.
  mutating func write(_ number: Int, x: Int, y: Int, _ color: [UInt8]) {
    for (place, figure) in String(number).utf8.enumerated() {
      let rows = Self.figures[Int(figure) - 0x30]
      for row in 0..<5 {
        for column in 0..<3 where rows >> (14 - row * 3 - column) & 1 == 1 {
          set(x: x + place * Self.figureWidth + column, y: y + row, color)
        }
      }
    }
  }

  static let figureWidth = 4
  static let figureHeight = 5

  /// The figures 0 to 9, three bits a row, the top row first.
  private static let figures = [
    0b111_101_101_101_111, 0b010_110_010_010_111, 0b111_001_111_100_111, 0b111_001_111_001_111,
    0b101_101_111_001_001, 0b111_100_111_001_111, 0b111_100_111_101_111, 0b111_001_010_010_010,
    0b111_101_111_101_111, 0b111_101_111_001_111,
  ]

  private mutating func set(x: Int, y: Int, _ color: [UInt8]) {
    for channel in 0..<channels { pixels[(y * width + x) * channels + channel] = color[channel] }
  }
}
