import WhiskerTensor

/// What is added up at once of a network's gradients: a stretch of one parameter's, or several small ones.
struct GradientPiece {
  private let parts: [(parameter: Parameter, range: Range<Int>)]
  /// Where several parts lie side by side; nil for one, which is added up where it is.
  private let packed: Tensor?

  /// Values that go together: large enough for the links to be used well, small enough to be soon on their way.
  private static let size = 1 << 18
  /// Parameters below this share a piece: their latencies would add up otherwise.
  private static let smallSize = 1 << 14

  private init(_ parts: [(parameter: Parameter, range: Range<Int>)]) {
    self.parts = parts
    packed = parts.count > 1 ? Tensor(shape: [parts.reduce(0) { $0 + $1.range.count }]) : nil
  }

  /// Divides the gradients by parameters, which become known in this order.
  static func divide(_ parameters: [Parameter]) -> [GradientPiece] {
    var pieces: [GradientPiece] = []
    var small: [(parameter: Parameter, range: Range<Int>)] = []
    func flush() {
      if !small.isEmpty { pieces.append(GradientPiece(small)) }
      small = []
    }
    for parameter in parameters {
      let count = parameter.gradient.stored.count
      guard count >= smallSize else {
        small.append((parameter, 0..<count))
        continue
      }
      flush()
      pieces += stride(from: 0, to: count, by: size).map {
        GradientPiece([(parameter, $0..<min($0 + size, count))])
      }
    }
    flush()
    return pieces
  }

  /// The number of values.
  var count: Int { parts.reduce(0) { $0 + $1.range.count } }

  /// Whether all of it is known, told by how many values of each parameter are.
  func isKnown(by known: [ObjectIdentifier: Int]) -> Bool {
    parts.allSatisfy { known[ObjectIdentifier($0.parameter), default: 0] >= $0.range.upperBound }
  }

  /// Puts the sum on its way.
  func begin(over job: any Communicator) {
    guard let packed else {
      for part in parts { job.beginSum(values(part)) }
      return
    }
    var start = 0
    for part in parts {
      (packed.elements + start).update(from: values(part).baseAddress!, count: part.range.count)
      start += part.range.count
    }
    job.beginSum(UnsafeMutableBufferPointer(start: packed.elements, count: packed.count))
  }

  /// Brings the sums where the gradients were.
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
