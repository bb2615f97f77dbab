import CKernels

/// Scales a picture by exact area averaging: each target pixel is the mean of the source area that it covers, with
/// partly covered pixels counted in proportion. Rows are added one by one; only the target is kept.
struct AreaAverage {
  /// The part of the source that is scaled, in source pixels.
  struct Region {
    var x: Double
    var y: Double
    var width: Double
    var height: Double
  }

  let width: Int
  let height: Int
  let channels: Int
  private let region: Region
  /// The number of source rows that a target row covers.
  private let step: Double
  private let columns: AreaColumns
  /// The sum of the source rows under the target row `current`, each weighted by the share of it that is covered.
  private var line: [Float]
  private var current: Int?
  /// The last row that was added, and where it ends, in target rows.
  private var edge = (row: -1, bottom: 0.0)
  private var sums: [Float]

  /// Scales `region` of a source `sourceWidth` wide to `width` x `height` pixels.
  init(sourceWidth: Int, region: Region, width: Int, height: Int, channels: Int) {
    (self.width, self.height, self.channels, self.region) = (width, height, channels, region)
    step = region.height / Double(height)
    columns = AreaColumns(
      sourceWidth: sourceWidth, start: region.x, step: region.width / Double(width), count: width,
      channels: channels)
    line = [Float](repeating: 0, count: Self.capacity(for: sourceWidth * channels) + columns.reach)
    sums = [Float](repeating: 0, count: width * height * channels)
  }

  /// The capacity of a row of `count` values that allows sums in whole vectors. The values after `count` are ignored.
  static func capacity(for count: Int) -> Int { (count + 15) & ~15 }

  /// Adds source row `y`: `channels` interleaved values per pixel.
  mutating func add(_ row: UnsafeBufferPointer<Float>, y: Int) {
    add(y) { whisker_area_add(Int64(row.count), row.baseAddress, $1, $0) }
  }

  /// Adds source row `y`, as it was decoded.
  mutating func add(_ row: UnsafeBufferPointer<UInt8>, y: Int) {
    add(y) { whisker_area_add_bytes(Int64(row.count), row.baseAddress, $1, $0) }
  }

  /// The scaled pixels, row by row, rounded to the nearest value from 0 to 255.
  mutating func pixels() -> [UInt8] {
    finishLine()
    let area = Float(region.width / Double(width) * (region.height / Double(height)))
    return [UInt8](unsafeUninitializedCapacity: sums.count) { pixels, count in
      whisker_area_round(Int64(sums.count), sums, area, pixels.baseAddress)
      count = sums.count
    }
  }

  /// Adds source row `y` to the target rows that it covers, weighted by the share of it in each.
  @inline(__always)
  private mutating func add(_ y: Int, _ add: (UnsafeMutablePointer<Float>, Float) -> Void) {
    let top = edge.row == y - 1 ? edge.bottom : (Double(y) - region.y) / step
    let bottom = (Double(y + 1) - region.y) / step
    edge = (y, bottom)
    guard bottom > 0, top < Double(height) else { return }
    for target in max(0, Int(top))...min(height - 1, Int(bottom)) {
      let share = Float((min(bottom, Double(target + 1)) - max(top, Double(target))) * step)
      guard share > 0 else { continue }
      if target != current { finishLine() }
      current = target
      line.withUnsafeMutableBufferPointer { add($0.baseAddress!, share) }
    }
  }

  /// Averages the columns of the current target row, whose source rows were all added.
  private mutating func finishLine() {
    guard let current else { return }
    let start = current * width * channels
    sums.withUnsafeMutableBufferPointer { columns.add(up: line, into: $0.baseAddress! + start) }
    line.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
  }
}
