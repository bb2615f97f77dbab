import Glibc

/// Zero-initialized memory for kernels, aligned for vector loads.
package final class Buffer<Element: BitwiseCopyable> {
  package let elements: UnsafeMutablePointer<Element>

  private let block: UnsafeMutableRawPointer
  /// The size of a cache line in bytes. A vector that crosses a cache line costs two loads.
  private static var alignment: Int { 64 }
  // Kernels may read, but never write, one vector past the last element.
  private static var slack: Int { 64 }

  /// Allocates `count` elements.
  package init(count: Int) {
    var size = count * MemoryLayout<Element>.stride + Self.slack + Self.alignment
    if let meter = AllocationMeter.current {
      meter.add(size)
      size = Self.slack + Self.alignment
    }
    // The system provides the pages of a large block on first use, so unused ones cost nothing.
    guard let block = calloc(1, size) else { endOutOfMemory(size) }
    self.block = block
    elements = block.alignedUp(toMultipleOf: Self.alignment).bindMemory(to: Element.self, capacity: count)
  }

  deinit { free(block) }
}
