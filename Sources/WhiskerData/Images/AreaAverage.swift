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
  private let columns: [Span]
  private var line: [Float]
  private var sums: [Float]

  /// Scales `region` of a source `sourceWidth` wide to `width` x `height` pixels.
  init(sourceWidth: Int, region: Region, width: Int, height: Int, channels: Int) {
    (self.width, self.height, self.channels, self.region) = (width, height, channels, region)
    let step = region.width / Double(width)
    columns = (0..<width).map { column in
      let start = region.x + Double(column) * step
      return Self.span(from: start, to: start + step, count: sourceWidth)
    }
    line = [Float](repeating: 0, count: width * channels)
    sums = [Float](repeating: 0, count: width * height * channels)
  }

  /// Adds source row `y`: `channels` interleaved values per pixel.
  mutating func add(_ row: UnsafePointer<Float>, y: Int) {
    let step = region.height / Double(height)
    let top = (Double(y) - region.y) / step
    let bottom = (Double(y + 1) - region.y) / step
    guard bottom > 0, top < Double(height) else { return }
    averageColumns(of: row)
    for target in max(0, Int(top))...min(height - 1, Int(bottom)) {
      let share = Float((min(bottom, Double(target + 1)) - max(top, Double(target))) * step)
      guard share > 0 else { continue }
      addLine(to: target, share: share)
    }
  }

  /// The scaled pixels, row by row, rounded to the nearest value from 0 to 255.
  func pixels() -> [UInt8] {
    let area = Float(region.width / Double(width) * (region.height / Double(height)))
    return sums.map { UInt8(min(max($0 / area + 0.5, 0), 255)) }
  }

  private mutating func averageColumns(of row: UnsafePointer<Float>) {
    let channels = channels
    columns.withUnsafeBufferPointer { columns in
      line.withUnsafeMutableBufferPointer { line in
        for column in 0..<columns.count {
          let span = columns[column]
          for channel in 0..<channels {
            var sum = row[span.first * channels + channel] * span.firstShare
            if span.last > span.first {
              for x in span.first + 1..<span.last { sum += row[x * channels + channel] }
              sum += row[span.last * channels + channel] * span.lastShare
            }
            line[column * channels + channel] = sum
          }
        }
      }
    }
  }

  private mutating func addLine(to target: Int, share: Float) {
    line.withUnsafeBufferPointer { line in
      sums.withUnsafeMutableBufferPointer { sums in
        let start = target * line.count
        for i in 0..<line.count { sums[start + i] += line[i] * share }
      }
    }
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
