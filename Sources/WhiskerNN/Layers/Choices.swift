import Glibc

/// What a pool chose, for every output: zeros at first.
final class Choices<Choice: FixedWidthInteger> {
  let elements: UnsafeMutablePointer<Choice>

  init(count: Int) {
    // calloc takes large blocks from the system as they are first written.
    guard let block = calloc(max(1, count), MemoryLayout<Choice>.stride) else {
      preconditionFailure("out of memory for \(count) choices")
    }
    elements = block.bindMemory(to: Choice.self, capacity: count)
  }

  deinit { free(elements) }
}
