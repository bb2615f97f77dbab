import WhiskerData
import WhiskerCore

/// Pictures of stripes on a disk that goes away after so many have been read, until it is brought back.
final class FaultyDataset: StoredDataset {
  private let stripes: StripedDataset
  private let left: Lock<Int>

  init(_ stripes: StripedDataset, readsLeft: Int) { (self.stripes, left) = (stripes, Lock(readsLeft)) }

  var info: DatasetInfo { stripes.info }
  func label(at index: Int) -> Int { stripes.label(at: index) }
  func name(at index: Int) -> String { stripes.name(at: index) }

  func read(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws {
    let isThere = left.withLock { left in
      left -= 1
      return left >= 0
    }
    guard isThere else { throw ResourceError(lost: FileError(name(at: index), "cannot be opened")) }
    try stripes.read(index, into: pixels)
  }

  func examine(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws -> SampleDetails {
    try StoredSamples(stripes).examine(index, into: pixels)
  }

  func fingerprint(at index: Int) throws -> Fingerprint { try StoredSamples(stripes).fingerprint(at: index) }
}
