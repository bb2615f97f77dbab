/// Views of a picture whose features are computed once: the picture itself, its mirror image, and crops of it.
struct PictureViews: Sendable {
  private let count: Int
  private let preprocessing: Preprocessing
  private let crops: Augmentation
  private let mirror: Augmentation

  /// The share of the area that a crop shows at least.
  private static let smallestCrop = 0.35

  /// `count` views of pictures `[height, width, channels]` with a preprocessing.
  init(count: Int, _ preprocessing: Preprocessing) {
    (self.count, self.preprocessing) = (count, preprocessing)
    var (crops, mirror) = (Augmentation(), Augmentation())
    crops.randomResizedCrop = Self.smallestCrop...1
    crops.flip = 0.5
    mirror.flip = 1
    (self.crops, self.mirror) = (crops, mirror)
  }

  /// Calls `body` with the pixels of each view. They are a pure function of the picture, its index and the view.
  func forEach(
    of picture: UnsafeBufferPointer<UInt8>, index: SampleIndex,
    _ body: (_ view: Int, UnsafePointer<UInt8>) -> Void
  ) {
    guard let start = picture.baseAddress else { return }
    body(0, start)
    guard count > 1 else { return }
    // Pictures are as large as the network's input here, whatever the size at which they are kept.
    var shape = preprocessing
    shape.cacheSize = nil
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: picture.count) { pixels in
      for view in 1..<count {
        _ = pixels.initialize(from: picture)
        Augmenter(view == 1 ? mirror : crops, shape, seed: 0, epoch: view).apply(to: pixels, index: index)
        body(view, UnsafePointer(pixels.baseAddress!))
      }
    }
  }
}
