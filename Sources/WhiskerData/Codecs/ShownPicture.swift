/// A picture twice: as the input of a network, and in its own colours and proportions to be looked at.
package struct ShownPicture: Sendable {
  /// The input of the network, `[height, width, channels]` as its preprocessing gives it.
  package let sample: [UInt8]
  /// RGB, `[height, width, 3]`.
  package let pixels: [UInt8]
  /// In pixels.
  package let (height, width): (Int, Int)
  private let columns: Axis
  private let rows: Axis

  /// The linear function from a place of the picture to a place of the sample.
  private struct Axis: Sendable {
    var start = 0.0
    var factor = 1.0

    /// - Parameter length: The side of the picture, of which `used` in the middle is scaled to the part of the sample that starts at
    ///   `place` and is `count` long; the side of the sample is `total`.
    init(length: Double, used: Double, place: Int, count: Int, total: Int) {
      let share = Double(count) / Double(total)
      factor = length / used * share
      start = Double(place) / Double(total) - (length - used) / 2 / used * share
    }
    init() {}

    subscript(position: Double) -> Double { start + factor * position }
  }

  /// A picture of which only the sample is known.
  package init(_ sample: [UInt8], of preprocessing: Preprocessing) {
    (height, width, self.sample) = (preprocessing.height, preprocessing.width, sample)
    pixels = preprocessing.channels == 3 ? sample : sample.flatMap { [$0, $0, $0] }
    (columns, rows) = (Axis(), Axis())
  }

  /// - Parameter size: The size of the picture as it is stored, upright.
  /// - Parameter shape: The size of `pixels`.
  fileprivate init(
    _ sample: [UInt8], of preprocessing: Preprocessing, _ pixels: [UInt8], _ shape: Preprocessing,
    size: (width: Int, height: Int)
  ) {
    (self.sample, self.pixels, height, width) = (sample, pixels, shape.height, shape.width)
    let kept = preprocessing.kept
    let place = Placement(sourceWidth: size.width, sourceHeight: size.height, preprocessing: kept)
    columns = Axis(
      length: Double(size.width), used: place.cropWidth, place: place.x, count: place.width, total: kept.width
    )
    rows = Axis(
      length: Double(size.height), used: place.cropHeight, place: place.y, count: place.height,
      total: kept.height)
  }

  /// The place in the sample of a place in the picture, each from 0 to 1 from the left and the top edge; nil where the network does not
  /// see the picture.
  package func position(x: Double, y: Double) -> (x: Double, y: Double)? {
    let (column, row) = (columns[x], rows[y])
    return (0...1).contains(column) && (0...1).contains(row) ? (column, row) : nil
  }
}

extension ImageDecoder {
  /// Decodes the file in `bytes` to a sample, and again in colour and in its own proportions.
  /// - Parameter side: The longest side of the picture to be looked at, in pixels; a smaller picture keeps its size.
  /// - Throws: `FileError` when it cannot be decoded.
  func show(_ bytes: [UInt8], side: Int, name: String) throws -> ShownPicture {
    let sample = try decode(bytes, name: name)
    let (shape, size) = try shape(of: bytes, side: side, name: name)
    let decoder = ImageDecoder(shape, maximumPixels: maximumPixels, allowsTruncated: allowsTruncated)
    return ShownPicture(
      sample, of: preprocessing, try decoder.decode(bytes, name: name), shape, size: size)
  }

  /// The shape of a picture in colour and in its own proportions, and its stored size, both upright.
  func shape(of bytes: [UInt8], side: Int, name: String) throws -> (
    shape: Preprocessing, size: (width: Int, height: Int)
  ) {
    try withPicture(bytes, name: name) { picture, _ in
      let isTurned = picture.orientation.swapsSides
      let (width, height) = isTurned ? (picture.height, picture.width) : (picture.width, picture.height)
      let scale = min(1, Double(side) / Double(max(width, height, 1)))
      func scaled(_ length: Int) -> Int { max(1, Int((Double(length) * scale).rounded())) }
      let shape = Preprocessing(
        height: scaled(height), width: scaled(width), colorMode: .rgb, background: preprocessing.background)
      return (shape, (width, height))
    }
  }
}
