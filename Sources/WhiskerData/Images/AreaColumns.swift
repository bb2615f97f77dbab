import CKernels

/// The source pixels under each target column, and the share of each that it covers.
struct AreaColumns {
  /// Values behind those of a row that are read, and count for nothing.
  let reach: Int

  private let channels: Int
  /// The most source pixels under a column.
  private let terms: Int
  /// The place of every value's first source value.
  private let first: [Int32]
  /// The share of every source value `[terms, columns * channels]`; none where a column has fewer than others.
  private let shares: [Float]

  /// `count` columns of a source `sourceWidth` wide, `step` source pixels each, from `start` on.
  init(sourceWidth: Int, start: Double, step: Double, count: Int, channels: Int) {
    let spans = (0..<count).map { column in
      let start = start + Double(column) * step
      return Span(from: start, to: start + step, count: sourceWidth)
    }
    let terms = spans.reduce(1) { max($0, $1.pixels.count) }
    var shares = [Float](repeating: 0, count: terms * count * channels)
    for (column, span) in spans.enumerated() {
      for (term, x) in span.pixels.enumerated() {
        for channel in 0..<channels {
          shares[(term * count + column) * channels + channel] = span.share(of: x)
        }
      }
    }
    (self.channels, self.terms, self.shares, reach) = (channels, terms, shares, terms * channels)
    first = spans.flatMap { span in (0..<channels).map { Int32(span.pixels.lowerBound * channels + $0) } }
  }

  /// The sums of all columns' values of a row, each by its share.
  func add(up line: [Float], into sums: UnsafeMutablePointer<Float>) {
    whisker_area_columns(Int64(first.count), Int64(terms), Int64(channels), first, shares, line, sums)
  }

  /// What one column covers.
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
