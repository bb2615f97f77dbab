/// The resizing of kept pictures to samples, by area averaging.
struct Resizing: Sendable {
  private let kept: Preprocessing
  private let target: Preprocessing

  /// Resizes from the cache size of `preprocessing` to its own.
  init(_ preprocessing: Preprocessing) { (kept, target) = (preprocessing.kept, preprocessing) }

  /// The sample of a kept picture, both `[height, width, channels]`.
  func sample(of picture: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    precondition(picture.count == kept.sampleSize, "a picture as it is kept")
    let region = AreaAverage.Region(x: 0, y: 0, width: Double(kept.width), height: Double(kept.height))
    var average = AreaAverage(
      sourceWidth: kept.width, region: region, width: target.width, height: target.height,
      channels: target.channels)
    let row = kept.width * kept.channels
    for y in 0..<kept.height {
      average.add(UnsafeBufferPointer(rebasing: picture[y * row..<(y + 1) * row]), y: y)
    }
    return average.pixels()
  }
}
