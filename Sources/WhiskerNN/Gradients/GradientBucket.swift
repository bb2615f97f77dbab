import WhiskerCore

/// Gradients that are reduced together: a range of one parameter, or several small parameters.
struct GradientBucket {
  private let parts: [(parameter: Parameter, range: Range<Int>)]
  /// A contiguous copy of several parts; nil for a single part, which is reduced in place.
  private let packed: Tensor?

  /// The number of values in a bucket: large enough for bandwidth, small enough to start early.
  private static let size = 1 << 18
  /// Smaller parameters share a bucket, because each all-reduce adds latency.
  private static let smallSize = 1 << 14

  private init(_ parts: [(parameter: Parameter, range: Range<Int>)]) {
    self.parts = parts
    packed = parts.count > 1 ? Tensor(shape: [parts.reduce(0) { $0 + $1.range.count }]) : nil
  }

  /// Divides gradients into buckets. The parameters are in the order in which the backward pass completes them.
  static func divide(_ parameters: [Parameter]) -> [GradientBucket] {
    var buckets: [GradientBucket] = []
    var small: [(parameter: Parameter, range: Range<Int>)] = []
    func flush() {
      if !small.isEmpty { buckets.append(GradientBucket(small)) }
      small = []
    }
    for parameter in parameters {
      let count = parameter.gradient.stored.count
      guard count >= smallSize else {
        small.append((parameter, 0..<count))
        continue
      }
      flush()
      buckets += stride(from: 0, to: count, by: size).map {
        GradientBucket([(parameter, $0..<min($0 + size, count))])
      }
    }
    flush()
    return buckets
  }

  /// The number of values.
  var count: Int { parts.reduce(0) { $0 + $1.range.count } }

  /// Whether all gradients are computed, given how many values of each parameter are.
  func isComplete(with ready: [ObjectIdentifier: Int]) -> Bool {
    parts.allSatisfy { ready[ObjectIdentifier($0.parameter), default: 0] >= $0.range.upperBound }
  }

  func startAllReduce(over communicator: any Communicator) {
    guard let packed else {
      for part in parts { communicator.startAllReduce(values(part)) }
      return
    }
    var start = 0
    for part in parts {
      (packed.elements + start).update(from: values(part).baseAddress!, count: part.range.count)
      start += part.range.count
    }
    communicator.startAllReduce(UnsafeMutableBufferPointer(start: packed.elements, count: packed.count))
  }

  /// Copies the sums back to the parameters' gradients.
  func unpack() {
    guard let packed else { return }
    var start = 0
    for part in parts {
      values(part).baseAddress!.update(from: packed.elements + start, count: part.range.count)
      start += part.range.count
    }
  }

  private func values(_ part: (parameter: Parameter, range: Range<Int>)) -> UnsafeMutableBufferPointer<Float>
  {
    UnsafeMutableBufferPointer(
      start: part.parameter.gradient.elements + part.range.lowerBound, count: part.range.count)
  }
}
