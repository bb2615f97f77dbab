import Glibc

/// Memory that kernels work in, aligned for vector loads: zeros at first.
package final class Buffer<Element: BitwiseCopyable> {
  /// The elements.
  package let elements: UnsafeMutablePointer<Element>

  private let block: UnsafeMutableRawPointer
  /// Bytes of a cache line: a vector that crosses from one to the next costs two loads.
  private static var alignment: Int { 64 }
  // Kernels may read one vector beyond the last element, never write it.
  private static var slack: Int { 64 }

  /// Room for `count` elements.
  package init(count: Int) {
    let size = count * MemoryLayout<Element>.stride + Self.slack + Self.alignment
    // calloc takes large blocks from the system as they are first written, so what is never used costs nothing.
    guard let block = calloc(1, size) else { endOutOfMemory(size) }
    self.block = block
    elements = block.alignedUp(toMultipleOf: Self.alignment).bindMemory(to: Element.self, capacity: count)
  }

  deinit { free(block) }
}
