import WhiskerData
import WhiskerTensor

/// Samples of four bytes in memory, all of one class; nil for one that cannot be read.
struct StoredDataset: Dataset {
  let classNames = ["all"]
  let preprocessing = Preprocessing(height: 2, width: 2)
  let isWorthCaching = false
  let contents: [UInt32?]

  var count: Int { contents.count }

  func label(at index: Int) -> Int { 0 }

  func name(at index: Int) -> String { "sample\(index)" }

  func read(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws {
    guard let content = contents[index] else { throw FileError(name(at: index), "is broken") }
    pixels.storeBytes(of: content, as: UInt32.self)
  }
}
