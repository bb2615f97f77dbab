import CKernels

/// The source pixels under each target column, and the share of each that it covers.
struct AreaColumns {
  /// The number of values after a row that are read, and ignored.
  let reach: Int

  private let channels: Int
  /// The most source pixels under a column.
  private let depth: Int
  /// The index of the first source value of every value.
  private let first: [Int32]
  /// The share of every source value `[depth, columns * channels]`; 0 where a column covers fewer pixels than others.
  private let shares: [Float]

  /// `count` columns of a source `sourceWidth` wide, `step` source pixels each, from `start` on.
  init(sourceWidth: Int, start: Double, step: Double, count: Int, channels: Int) {
    let spans = (0..<count).map { column in
      let start = start + Double(column) * step
      return Span(from: start, to: start + step, count: sourceWidth)
    }
    let depth = spans.reduce(1) { max($0, $1.pixels.count) }
    var shares = [Float](repeating: 0, count: depth * count * channels)
    for (column, span) in spans.enumerated() {
      for (row, x) in span.pixels.enumerated() {
        for channel in 0..<channels {
          shares[(row * count + column) * channels + channel] = span.share(of: x)
        }
      }
    }
    (self.channels, self.depth, self.shares, reach) = (channels, depth, shares, depth * channels)
    // Not an array for each column: this is done for every picture.
    first = (0..<count * channels).map {
      Int32(spans[$0 / channels].pixels.lowerBound * channels + $0 % channels)
    }
  }

  /// Adds the weighted sums of all columns of a row.
  func add(up line: [Float], into sums: UnsafeMutablePointer<Float>) {
    whisker_area_columns(Int64(first.count), Int64(depth), Int64(channels), first, shares, line, sums)
  }

  /// The source pixels under one column.
  private struct Span {
    let pixels: ClosedRange<Int>
    private let firstShare: Double
    private let lastShare: Double

    init(from start: Double, to end: Double, count: Int) {
      let first = min(max(Int(start), 0), count - 1)
      let last = min(max(Int(end.rounded(.up)) - 1, first), count - 1)
      pixels = first...last
      firstShare = first == last ? end - start : Double(first + 1) - start
      lastShare = end - Double(last)
    }

    func share(of x: Int) -> Float {
      if x == pixels.lowerBound { return Float(firstShare) }
      return x == pixels.upperBound ? Float(lastShare) : 1
    }
  }
}
