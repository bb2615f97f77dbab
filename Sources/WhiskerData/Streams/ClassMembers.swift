/// The samples of every class, one class behind the other in one block of memory, ascending within each.
struct ClassMembers {
  private var indices: [SampleIndex]
  /// Where each class ends in `indices`.
  private let ends: [Int]

  var classCount: Int { ends.count }

  /// Sorts `count` samples by their labels, which are asked for twice. One whose label is nil is left out.
  init(count: Int, classCount: Int, label: (Int) -> Int?) {
    var ends = [Int](repeating: 0, count: classCount)
    for index in 0..<count {
      if let label = label(index) { ends[label] += 1 }
    }
    var start = 0
    for label in 0..<classCount { (start, ends[label]) = (start + ends[label], start) }
    indices = [SampleIndex](repeating: 0, count: start)
    for index in 0..<count {
      guard let label = label(index) else { continue }
      indices[ends[label]] = SampleIndex(index)
      ends[label] += 1
    }
    self.ends = ends
  }

  /// Lets `body` have the samples of a class, to put them in another order.
  mutating func withClass(_ label: Int, _ body: (UnsafeMutableBufferPointer<SampleIndex>) -> Void) {
    let range = (label > 0 ? ends[label - 1] : 0)..<ends[label]
    indices.withUnsafeMutableBufferPointer { body(UnsafeMutableBufferPointer(rebasing: $0[range])) }
  }
}
