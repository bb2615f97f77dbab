import WhiskerCore
import WhiskerData

/// Features in memory as a dataset, on which heads are trained.
final class FeatureRows: InMemoryDataset, @unchecked Sendable {
  let info: DatasetInfo
  private let labels: [Int]
  /// `[count, features]`, never changed.
  private let values: Buffer<Float>
  private let rowSize: Int

  /// - Parameter features: `[count, features]`
  /// - Parameter preprocessing: That of one view's features.
  init(_ features: [Float], labels: [Int], classNames: [String], _ preprocessing: Preprocessing) {
    self.labels = labels
    rowSize = preprocessing.sampleSize
    info = DatasetInfo(count: labels.count, classNames: classNames, preprocessing: preprocessing)
    values = Buffer(count: features.count)
    features.withUnsafeBufferPointer { buffer in
      if let start = buffer.baseAddress { values.elements.update(from: start, count: buffer.count) }
    }
  }

  var isInMemory: Bool { true }
  func label(at index: Int) -> Int { labels[index] }
  func name(at index: Int) -> String { "\(index)" }

  func address(of index: Int) -> UnsafePointer<UInt8>? {
    UnsafePointer(
      (UnsafeMutableRawPointer(values.elements) + index * rowSize).assumingMemoryBound(to: UInt8.self))
  }

  func read(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) {
    guard let address = address(of: index) else { return }
    pixels.copyMemory(from: UnsafeRawBufferPointer(start: address, count: rowSize))
  }
}
