import WhiskerData
import WhiskerCore

/// Samples of four bytes in memory, all of one class; nil for one that cannot be read.
struct WordDataset: Dataset {
  let contents: [UInt32?]

  var info: DatasetInfo {
    DatasetInfo(
      count: contents.count, classNames: ["all"], preprocessing: Preprocessing(height: 2, width: 2))
  }

  func label(at index: Int) -> Int { 0 }

  func name(at index: Int) -> String { "sample\(index)" }

  func read(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws {
    guard let content = contents[index] else { throw FileError(name(at: index), "is broken") }
    pixels.storeBytes(of: content, as: UInt32.self)
  }
}
