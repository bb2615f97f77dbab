/// The checksums of a cache's bytes, a block at a time, so that damage can be found and told where it is.
struct BlockChecksums {
  /// The bytes of a block; the last one may be shorter.
  static let blockSize = 1 << 16
  /// The bytes of a checksum.
  static let size = 4

  private var finished: [UInt32] = []
  private var running: UInt32 = 0
  private var filled = 0

  /// Goes on with the bytes that follow.
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes
    while !rest.isEmpty {
      let piece = min(rest.count, Self.blockSize - filled)
      running = CRC32.of(UnsafeRawBufferPointer(rebasing: rest[..<piece]), after: running)
      filled += piece
      if filled == Self.blockSize { finishBlock() }
      rest = UnsafeRawBufferPointer(rebasing: rest[piece...])
    }
  }

  /// Ends the last block. Returns the checksums, `[blocks, 4]` bytes, little-endian.
  mutating func finish() -> [UInt8] {
    if filled > 0 { finishBlock() }
    return finished.flatMap { sum in withUnsafeBytes(of: sum.littleEndian) { Array($0) } }
  }

  private mutating func finishBlock() {
    finished.append(running)
    (running, filled) = (0, 0)
  }
}
