/// A division of `0 ..< count` into ranges of equal size, as tasks for threads. The last may be smaller.
struct Chunks {
  let count: Int
  let size: Int

  /// At most `parts` ranges whose size is a multiple of `step`; none if `count` is 0.
  init(of count: Int, parts: Int, step: Int = 1) {
    let size = (count + parts - 1) / max(1, parts)
    self.count = count
    self.size = max(step, (size + step - 1) / step * step)
  }

  var number: Int { (count + size - 1) / size }

  subscript(index: Int) -> Range<Int> { index * size..<min((index + 1) * size, count) }
}
