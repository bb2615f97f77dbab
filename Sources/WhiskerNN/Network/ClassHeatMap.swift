/// How much each part of a picture speaks for a class: a coarse grid that covers the network's whole input.
public struct ClassHeatMap: Sendable, Equatable {
  /// The number of rows.
  public let height: Int
  /// The number of columns.
  public let width: Int
  /// `[height, width]`, from 0 to 1. The largest value is 1, or all are 0 where nothing speaks for the class.
  public let values: [Float]

  /// Scales values by their maximum; negative values become 0.
  /// - Parameter values: `[height, width]`
  package init(height: Int, width: Int, scaling values: [Double]) {
    precondition(values.count == height * width, "there is a value for each cell")
    (self.height, self.width) = (height, width)
    let top = values.max() ?? 0
    // Weights that overflow give no map.
    let isUsable = top > 0 && values.allSatisfy(\.isFinite)
    self.values = values.map { isUsable ? Float(max($0, 0) / top) : 0 }
  }

  /// The mean of maps of one size, scaled by its maximum.
  package init(meanOf maps: [ClassHeatMap]) {
    precondition(!maps.isEmpty, "a mean is of at least one map")
    let sums = maps[0].values.indices.map { place in maps.reduce(0) { $0 + Double($1.values[place]) } }
    self.init(height: maps[0].height, width: maps[0].width, scaling: sums)
  }

  /// The value at a place of the picture, interpolated linearly between the centres of the cells.
  /// - Parameter x: From 0, the left edge, to 1, the right edge; `y` from the top to the bottom.
  package func value(x: Double, y: Double) -> Double {
    let (column, row) = (Self.place(x, width), Self.place(y, height))
    func between(_ row: Int) -> Double {
      let (left, right) = (values[row * width + column.first], values[row * width + column.second])
      return Double(left) + column.share * Double(right - left)
    }
    let (top, bottom) = (between(row.first), between(row.second))
    return top + row.share * (bottom - top)
  }

  /// The cells on both sides of a place, and how far it is from the first to the second.
  private static func place(_ position: Double, _ count: Int) -> (first: Int, second: Int, share: Double) {
    let centre = min(max(position * Double(count) - 0.5, 0), Double(count - 1))
    let first = Int(centre)
    return (first, min(first + 1, count - 1), centre - Double(first))
  }
}
