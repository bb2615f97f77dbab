import Glibc
import WhiskerData
import WhiskerCore

/// Samples of four bytes that contain their index, some of them unreadable, with a count of what was read.
final class FakeDataset: Dataset {
  let info: DatasetInfo
  private let broken: Set<Int>
  private let exhaustedFrom: Int
  private let delay: @Sendable (Int) -> Void
  private let reads = Lock([Int]())

  /// - Parameter exhaustedFrom: The first sample from which on the machine has run out of memory.
  init(
    count: Int, broken: some Sequence<Int> = [], exhaustedFrom: Int = .max,
    delay: @escaping @Sendable (Int) -> Void = { _ in }
  ) {
    (self.broken, self.delay) = (Set(broken), delay)
    info = DatasetInfo(
      count: count, classNames: ["even", "odd"], preprocessing: Preprocessing(height: 2, width: 2),
      isWorthCaching: true)
    self.exhaustedFrom = exhaustedFrom
  }

  /// The indices that were read, in the order of reading: a copy, as the thread sanitizer does not see that an array which
  /// is shared is not written.
  var readIndices: [Int] { reads.withLock { $0.map(\.self) } }

  func label(at index: Int) -> Int { index % 2 }

  func name(at index: Int) -> String { "sample\(index)" }

  func read(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws {
    delay(index)
    reads.withLock { $0.append(index) }
    // A failure may come when part of the sample has been written.
    pixels[0] = 0xEE
    if index >= exhaustedFrom, let error = ResourceError(name(at: index), systemError: ENOMEM) { throw error }
    if broken.contains(index) { throw FileError(name(at: index), "is broken") }
    pixels.copyBytes(from: Self.pixels(of: index))
  }

  static func pixels(of index: Int) -> [UInt8] {
    [UInt8(index & 0xFF), UInt8(index >> 8 & 0xFF), UInt8(index % 7), 0xAA]
  }
}
