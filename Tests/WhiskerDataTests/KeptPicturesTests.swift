import Foundation
import TestSupport
import Testing
import WhiskerCore
import WhiskerData

/// Pictures that are kept larger than the samples, in memory and in caches.
@Suite struct KeptPicturesTests {
  private static let kept = Preprocessing.Size(height: 10, width: 15)

  private static func preprocessing(_ height: Int, _ width: Int, kept: Preprocessing.Size? = kept)
    -> Preprocessing
  {
    var preprocessing = Preprocessing(height: height, width: width, colorMode: .rgb)
    preprocessing.cacheSize = kept
    return preprocessing
  }

  /// A dataset of random pictures and a file that is none.
  private func caches(_ preprocessing: Preprocessing) throws -> CacheFolder {
    var caches = try CacheFolder()
    caches.preprocessing = preprocessing
    var stream = RandomStream(seed: 1, purpose: .samples)
    for name in ["cat", "dog"] {
      for number in 0..<6 {
        let pixels = (0..<30 * 20 * 3).map { _ in UInt8(stream.next(below: 256)) }
        try caches.folder.write(
          PNGEncoder.encode(pixels, height: 30, width: 20, channels: 3), to: "data/\(name)/\(number).png")
      }
    }
    try caches.folder.write(Array("<html>".utf8), to: "data/cat/9.png")
    return caches
  }

  @Test("Samples are the kept pictures, resized by area averaging")
  func samplesAreKeptPicturesResized() throws {
    let samples = Self.preprocessing(8, 9)
    let caches = try caches(samples)
    let source = try caches.open()
    #expect(source.preprocessing == samples)
    let small = try #require(source.splits[.training])
    let large = try #require(
      try DataSource.open(caches.folder.path("data"), Self.preprocessing(10, 15, kept: nil)).splits[.training]
    )
    for index in 0..<6 {
      let picture = AreaReference(
        pixels: try large.sample(at: index).map(Double.init), width: 15, height: 10, channels: 3)
      let wanted = picture.means(of: 9, 8)
      for (value, mean) in zip(try small.sample(at: index), wanted) {
        #expect(abs(Double(value) - mean) <= 0.51)
      }
    }
    // A model with this preprocessing sees the same.
    let file = try Array(Data(contentsOf: URL(fileURLWithPath: caches.folder.path("data/cat/0.png"))))
    #expect(try ImageDecoder(samples).decode(file, name: "0.png") == small.sample(at: 0))
  }

  @Test("A cache holds the kept pictures and serves samples of any smaller size")
  func cachesHoldKeptPictures() throws {
    var caches = try caches(Self.preprocessing(8, 9))
    let path = try caches.make()
    #expect(try SafetensorsReader(path).shape(of: "images") == [12, 10, 15, 3])
    #expect(try DataSource.cachedPreprocessing(at: path) == caches.preprocessing)
    #expect(try SeenSample.all(of: caches.open("cache.safetensors")) == SeenSample.all(of: caches.open()))
    #expect(try SeenSample.all(of: DataSource.open(path)) == SeenSample.all(of: caches.open()))
    #expect(try caches.preprocessor().reasonToMake(at: path) == nil)
    caches.preprocessing = Self.preprocessing(5, 5)
    #expect(try caches.preprocessor().reasonToMake(at: path) == nil)
    #expect(try SeenSample.all(of: caches.open("cache.safetensors")) == SeenSample.all(of: caches.open()))
    caches.preprocessing = Self.preprocessing(8, 9, kept: nil)
    #expect(try caches.preprocessor().reasonToMake(at: path) != nil)
    #expect(throws: FileError.self) { try caches.open("cache.safetensors") }
  }

  @Test("Pictures in memory, in a cache and in files are augmented alike, straight from what is kept")
  func augmentationStartsFromKeptPictures() throws {
    let samples = Self.preprocessing(8, 9)
    let caches = try caches(samples)
    try caches.make()
    var augmentation = Augmentation()
    (augmentation.randomResizedCrop, augmentation.rotate, augmentation.contrast) = (0.35...1, 10, 0.3)
    let augmenter = Augmenter(augmentation, samples, seed: 1, epoch: 1)
    func images(_ dataset: any Dataset, workers: Int) throws -> [UInt8] {
      let stream = BatchStream(
        dataset, order: Array(0..<SampleIndex(dataset.count)), batchSize: 5,
        readAhead: .init(workers: workers),
        augmenter: augmenter)
      var images: [UInt8] = []
      while let batch = try stream.next() { images += batch.images }
      return images
    }
    let files = try #require(try caches.open().splits[.training])
    let reference = try images(files, workers: 0)
    #expect(reference.count == 12 * samples.sampleSize)
    let memory = files.keepingPictures(budget: 7 * 450)
    for _ in 0..<2 { #expect(try images(memory, workers: 2) == reference) }
    let cache = try #require(try caches.open("cache.safetensors").splits[.training])
    #expect(try images(cache, workers: 1) == reference)
  }

  @Test("The cache size is written only where there is one")
  func cacheSizeIsInJSON() throws {
    let plain = try StableJSON.line(Self.preprocessing(8, 9, kept: nil))
    #expect(!plain.contains("cache"))
    let kept = Self.preprocessing(8, 9)
    let line = try StableJSON.line(kept)
    #expect(line.contains(#""cache_height":10"#) && line.contains(#""cache_width":15"#))
    #expect(try StableJSON.decode(Preprocessing.self, from: line) == kept)
    #expect(kept.description.hasSuffix("kept at 10x15"))
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(
        Preprocessing.self, from: Data(line.replacingOccurrences(of: "10", with: "0").utf8))
    }
  }
}
