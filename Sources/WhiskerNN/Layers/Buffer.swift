import Glibc

/// What kernels write beside the activations, such as which position a pool chose: zeros at first.
final class Buffer<Element: BitwiseCopyable> {
  let elements: UnsafeMutablePointer<Element>

  init(count: Int) {
    // calloc takes large blocks from the system as they are first written.
    guard let block = calloc(max(1, count), MemoryLayout<Element>.stride) else {
      preconditionFailure("out of memory for \(count) elements")
    }
    elements = block.bindMemory(to: Element.self, capacity: count)
  }

  deinit { free(elements) }
}
