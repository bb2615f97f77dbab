import Glibc
import WhiskerCore

/// Uninitialized memory in large pages, where the system has them: weights and maps of many megabytes would not fit into the
/// table of addresses of a core.
final class LargeMemory {
  let elements: UnsafeMutablePointer<Float>
  private let block: UnsafeMutableRawPointer

  /// The size of a large page in bytes.
  private static let page = 2 << 20

  /// - Parameter count: The number of floats.
  init(count: Int) {
    let size = (count * MemoryLayout<Float>.stride + Self.page) / Self.page * Self.page
    var block: UnsafeMutableRawPointer?
    guard posix_memalign(&block, Self.page, size) == 0, let block else { endOutOfMemory(size) }
    self.block = block
    // Without large pages it is only slower.
    madvise(block, size, MADV_HUGEPAGE)
    elements = block.bindMemory(to: Float.self, capacity: size / MemoryLayout<Float>.stride)
  }

  deinit { free(block) }
}

/// The weights of a picture's network in the layout of the kernels. They do not change once they are written.
final class PictureWeights: @unchecked Sendable {
  private var chunks: [LargeMemory] = []
  private var free = 0

  /// The floats of a chunk, a few large pages. Larger weights have their own chunk.
  private static let chunkSize = 1 << 20

  /// Zeros for weights, for as long as this object exists.
  func reserve(_ count: Int) -> UnsafeMutablePointer<Float> {
    let memory = memory(count)
    memory.initialize(repeating: 0, count: count)
    return memory
  }

  private func memory(_ count: Int) -> UnsafeMutablePointer<Float> {
    let rounded = blockCount(count) * blockSize
    guard rounded <= Self.chunkSize / 2 else {
      // Behind the current chunk, which stays the one that is filled.
      chunks.insert(LargeMemory(count: rounded), at: 0)
      return chunks[0].elements
    }
    if chunks.isEmpty || free < rounded {
      chunks.append(LargeMemory(count: Self.chunkSize))
      free = Self.chunkSize
    }
    defer { free -= rounded }
    return chunks[chunks.count - 1].elements + (Self.chunkSize - free)
  }

  /// One value per channel, and zeros after the last.
  func reserve(_ values: [Double]) -> UnsafePointer<Float> {
    let memory = reserve(blockCount(values.count) * blockSize)
    for (index, value) in values.enumerated() { memory[index] = Float(value) }
    return UnsafePointer(memory)
  }
}
