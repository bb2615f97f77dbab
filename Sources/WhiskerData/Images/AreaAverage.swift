/// Scales a picture by exact area averaging: each target pixel is the mean of the source area that it covers, with
/// partly covered pixels counted in proportion. Rows are given one after the other; only the target is kept.
struct AreaAverage {
  /// The part of the source that is scaled, in source pixels.
  struct Region {
    var x: Double
    var y: Double
    var width: Double
    var height: Double
  }

  /// The source pixels under one target column, and the share of the first and the last that it covers.
  private struct Span {
    var first: Int
    var last: Int
    var firstShare: Float
    var lastShare: Float
  }

  let width: Int
  let height: Int
  let channels: Int
  private let region: Region
  /// How many source rows a target row covers.
  private let step: Double
  private let columns: [Span]
  /// The source rows under the target row `current`, added up, each by the share of it that is covered.
  private var line: [Float]
  private var current: Int?
  private var sums: [Float]

  /// Scales `region` of a source `sourceWidth` wide to `width` x `height` pixels.
  init(sourceWidth: Int, region: Region, width: Int, height: Int, channels: Int) {
    (self.width, self.height, self.channels, self.region) = (width, height, channels, region)
    step = region.height / Double(height)
    let columnStep = region.width / Double(width)
    columns = (0..<width).map { column in
      let start = region.x + Double(column) * columnStep
      return Self.span(from: start, to: start + columnStep, count: sourceWidth)
    }
    line = [Float](repeating: 0, count: Self.room(for: sourceWidth * channels))
    sums = [Float](repeating: 0, count: width * height * channels)
  }

  /// How much memory a row of `count` values is best given, so that rows are added up in whole vectors. What is behind
  /// the values counts for nothing.
  static func room(for count: Int) -> Int { (count + 15) & ~15 }

  /// Adds source row `y`: `channels` interleaved values per pixel.
  mutating func add(_ row: UnsafeBufferPointer<Float>, y: Int) {
    add(y) { line, share in
      for i in 0..<min(line.count, row.count) { line[i] += row[i] * share }
    }
  }

  /// Adds source row `y`, as it was decoded.
  mutating func add(_ row: UnsafeBufferPointer<UInt8>, y: Int) {
    add(y) { line, share in
      for i in 0..<min(line.count, row.count) { line[i] += Float(row[i]) * share }
    }
  }

  /// The scaled pixels, row by row, rounded to the nearest value from 0 to 255.
  mutating func pixels() -> [UInt8] {
    finishLine()
    let area = Float(region.width / Double(width) * (region.height / Double(height)))
    return sums.map { UInt8(min(max($0 / area + 0.5, 0), 255)) }
  }

  /// Adds source row `y` to the target rows that it covers, to each the share of it that lies there.
  @inline(__always)
  private mutating func add(_ y: Int, _ add: (UnsafeMutableBufferPointer<Float>, Float) -> Void) {
    let top = (Double(y) - region.y) / step
    let bottom = (Double(y + 1) - region.y) / step
    guard bottom > 0, top < Double(height) else { return }
    for target in max(0, Int(top))...min(height - 1, Int(bottom)) {
      let share = Float((min(bottom, Double(target + 1)) - max(top, Double(target))) * step)
      guard share > 0 else { continue }
      if target != current { finishLine() }
      current = target
      line.withUnsafeMutableBufferPointer { add($0, share) }
    }
  }

  /// Averages the columns of the source rows under the current target row, which are all there.
  private mutating func finishLine() {
    guard let current else { return }
    let channels = channels
    let start = current * width * channels
    columns.withUnsafeBufferPointer { columns in
      line.withUnsafeBufferPointer { line in
        sums.withUnsafeMutableBufferPointer { sums in
          for column in 0..<columns.count {
            let span = columns[column]
            for channel in 0..<channels {
              var sum = line[span.first * channels + channel] * span.firstShare
              if span.last > span.first {
                for x in span.first + 1..<span.last { sum += line[x * channels + channel] }
                sum += line[span.last * channels + channel] * span.lastShare
              }
              sums[start + column * channels + channel] = sum
            }
          }
        }
      }
    }
    line.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
  }

  private static func span(from start: Double, to end: Double, count: Int) -> Span {
    let first = min(max(Int(start), 0), count - 1)
    let last = min(max(Int(end.rounded(.up)) - 1, first), count - 1)
    if first == last { return Span(first: first, last: last, firstShare: Float(end - start), lastShare: 0) }
    return Span(
      first: first, last: last, firstShare: Float(Double(first + 1) - start),
      lastShare: Float(end - Double(last)))
  }
}
