/// Places of values in one piece of memory that is reused: values that are needed at the same time do not overlap.
package struct WorkspaceLayout {
  /// A value that is needed in some of the steps.
  package struct Item {
    package var count: Int
    package var steps: ClosedRange<Int>

    package init(count: Int, steps: ClosedRange<Int>) { (self.count, self.steps) = (count, steps) }
  }

  /// The first element of each item.
  package private(set) var offsets: [Int]
  /// The number of elements.
  package private(set) var count = 0

  /// Offsets are multiples of a cache line.
  private static let alignment = 16

  package init(_ items: [Item]) {
    offsets = Array(repeating: 0, count: items.count)
    var placed: [Int] = []
    // Large ones first, each as low as possible.
    let order = items.indices.sorted { (items[$1].count, $0) < (items[$0].count, $1) }
    for item in order {
      let others = placed.filter { items[$0].steps.overlaps(items[item].steps) }
        .sorted { offsets[$0] < offsets[$1] }
      var offset = 0
      for other in others where offset + items[item].count > offsets[other] {
        offset = max(offset, Self.aligned(offsets[other] + items[other].count))
      }
      offsets[item] = offset
      count = max(count, offset + items[item].count)
      placed.append(item)
    }
  }

  private static func aligned(_ count: Int) -> Int { (count + alignment - 1) / alignment * alignment }
}
