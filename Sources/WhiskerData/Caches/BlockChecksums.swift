/// The checksums of the blocks of a cache, by which damage is found and located.
struct BlockChecksums {
  /// The size of a block, in bytes; the last one may be shorter.
  static let blockSize = 1 << 16
  /// The size of a checksum, in bytes.
  static let size = 4

  private var finished: [UInt32] = []
  private var running: UInt32 = 0
  private var filled = 0

  /// Adds the bytes that follow.
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes
    while !rest.isEmpty {
      let count = min(rest.count, Self.blockSize - filled)
      running = CRC32.of(UnsafeRawBufferPointer(rebasing: rest[..<count]), after: running)
      filled += count
      if filled == Self.blockSize { finishBlock() }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// Ends the last block.
  /// - Returns: The checksums, `[blocks, 4]` bytes, little-endian.
  mutating func finish() -> [UInt8] {
    if filled > 0 { finishBlock() }
    return finished.flatMap { sum in withUnsafeBytes(of: sum.littleEndian) { Array($0) } }
  }

  private mutating func finishBlock() {
    finished.append(running)
    (running, filled) = (0, 0)
  }
}
