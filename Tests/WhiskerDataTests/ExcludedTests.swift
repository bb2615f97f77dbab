import TestSupport
import Testing
import WhiskerCore
import WhiskerData

/// Samples that are left out of a dataset by their paths.
@Suite struct ExcludedTests {
  private let folder: TemporaryFolder
  private static let preprocessing = Preprocessing(height: 2, width: 2)

  init() throws { folder = try TemporaryFolder() }

  private func open(
    _ name: String, _ preprocessing: Preprocessing = Self.preprocessing, excluding paths: [String] = [],
    configure: (inout DataSource.Options) -> Void = { _ in }
  ) throws -> DataSource {
    var options = DataSource.Options()
    options.excluded = paths
    configure(&options)
    return try DataSource.open(folder.path(name), preprocessing, options: options)
  }

  private func builder(
    _ name: String, _ preprocessing: Preprocessing = Self.preprocessing, excluding paths: [String] = []
  ) throws -> CacheBuilder {
    var options = DataSource.Options()
    options.excluded = paths
    return try CacheBuilder(
      open(name, preprocessing, excluding: paths), options: options, readAhead: .init(workers: 1))
  }

  /// The pixels of an epoch of training.
  private func augmented(_ dataset: any Dataset) throws -> [UInt8] {
    var augmentation = Augmentation()
    augmentation.rotate = 10
    let stream = BatchStream(
      dataset, order: Array(0..<SampleIndex(dataset.count)), batchSize: 4, readAhead: .init(workers: 1),
      augmenter: Augmenter(augmentation, dataset.preprocessing, seed: 1, epoch: 1))
    var images: [UInt8] = []
    while let batch = try stream.next() { images += batch.images }
    return images
  }

  @Test("Samples are left out of resized and grouped data, with other classes, by the paths of many lists")
  func leftOut() throws {
    var stream = RandomStream(seed: 1, purpose: .samples)
    for name in ["cat", "dog"] {
      for number in 0..<4 {
        let pixels = (0..<30 * 20 * 3).map { _ in UInt8(stream.next(below: 256)) }
        try folder.write(
          PNGEncoder.encode(pixels, height: 30, width: 20, channels: 3), to: "set/\(name)/\(number).png")
      }
    }
    // Pictures that are kept larger than the samples.
    var resized = Preprocessing(height: 8, width: 9, colorMode: .rgb)
    resized.cacheSize = Preprocessing.Size(height: 10, width: 15)
    _ = try builder("set", resized).write(to: folder.path("set.safetensors"))
    let cache = try open("set.safetensors", resized, excluding: ["cat/1.png"])
    let files = try #require(try open("set", resized, excluding: ["cat/1.png"]).splits[.training])
    let cached = try #require(cache.splits[.training])
    #expect(names(cached) == names(files) && cached.count == 7)
    #expect(try augmented(cached) == augmented(files))
    #expect(CacheOrigin(of: cache, options: .init()).files == 8)
    _ = try builder("set.safetensors", resized, excluding: ["cat/1.png"]).write(
      to: folder.path("less.safetensors"))
    #expect(try SeenSample.all(of: open("less.safetensors", resized)) == SeenSample.all(of: cache))

    // Groups, of a list and of a cache.
    let list = "path,label,group\n0.png,x,p\n1.png,y,p\n2.png,x,q\n3.png,y,q\n4.png,x,\n"
    try folder.write(Array(list.utf8), to: "list.csv")
    for number in 0..<5 { try folder.write(flatPNG(UInt8(number)), to: "\(number).png") }
    _ = try builder("list.csv").write(to: folder.path("list.safetensors"))
    for name in ["list.csv", "list.safetensors"] {
      let source = try open(name, excluding: ["0.png"]) {
        $0.classChanges = ClassChanges([ClassChanges.Change("x", to: "z")])
      }
      let grouped = try #require(source.splits[.training]?.grouped, "\(name)")
      let groups = (0..<4).map(grouped.group)
      #expect(names(grouped) == ["2.png", "4.png", "1.png", "3.png"])
      #expect(groups[0] != nil && groups[0] == groups[3] && groups[1] == nil)
      #expect(groups[2] != nil && groups[2] != groups[0])
    }

    // All pictures of a class.
    let cats = (0..<4).map { "cat/\($0).png" }
    for (new, classes) in [(nil, ["dog"]), ("dog", ["dog"])] as [(String?, [String])] {
      let changes = ClassChanges([ClassChanges.Change("cat", to: new)])
      #expect(try open("set", excluding: cats) { $0.classChanges = changes }.classNames == classes)
    }
    let changes = ClassChanges([ClassChanges.Change("cat", to: "pet")])
    let emptied = #expect(throws: FileError.self) {
      try open("set", excluding: cats) { $0.classChanges = changes }
    }
    #expect(emptied?.problem.description == "has no picture of the class pet that is not left out")
    let allowed = try open("set", excluding: cats) {
      ($0.classChanges, $0.allowsEmptyClasses) = (changes, true)
    }
    #expect(allowed.splits[.training]?.classCounts == [4, 0])

    for (name, text) in [
      ("lines.txt", "./cat/1.png\r\nset//dog/2.png\r\n"), ("lines.csv", "cat/1.png\ndog/2.png\n"),
      ("marks.csv", "path;exclude\r\n\"cat/1.png\";x\r\ncat/3.png;\r\nset/dog/2.png;yes\r\n"),
      ("paths.txt", "path\ncat/1.png\n./dog/2.png\n"),
      ("paths", "Path,class\r\ncat/1.png,cat\r\n\r\ndog/2.png,dog\r\n"),
      ("marks.txt", "path,exclude\ncat/1.png,x\ncat/3.png,\ndog/2.png,x\n"),
      ("paths.csv", "\u{FEFF}Path\ncat/1.png\n./dog/2.png\ncat/1.png\n"),
    ] {
      try folder.write(Array(text.utf8), to: name)
      let paths = try ExclusionList.read(folder.path(name), of: ["./set/"])
      #expect(paths == ["cat/1.png", "dog/2.png"], "\(name)")
    }
    try folder.write([0xFF, 0xFE, 0x61, 0, 0x0A, 0], to: "wide.txt")
    let wide = #expect(throws: FileError.self) { try ExclusionList.read(folder.path("wide.txt")) }
    #expect(wide?.problem.description == "is UTF-16")
  }

  @Test("Caches are stale once other samples are left out, or labels were corrected")
  func staleCaches() throws {
    let table = "label,pixel0,pixel1,pixel2,pixel3\n0,1,2,3,4\n0,5,6,7,8\n1,9,8,7,6\n1,5,4,3,2\n"
    try folder.write(Array(table.utf8), to: "px.csv")
    let excluded = ["px.csv#1"]
    let (full, part, further) = (
      folder.path("all.safetensors"), folder.path("some.safetensors"), folder.path("further.safetensors")
    )
    _ = try builder("px.csv").write(to: full)
    _ = try builder("px.csv", excluding: excluded).write(to: part)
    _ = try builder("all.safetensors", excluding: excluded).write(to: further)
    func reason(_ cache: String, excluding paths: [String] = []) throws -> String? {
      try builder("px.csv", excluding: paths).reasonToMake(at: cache)?.description
    }
    let stale = "other pictures were left out when it was made (`excluded`)"
    #expect(try reason(full) == nil)
    #expect(try reason(full, excluding: excluded) == stale)
    #expect(try reason(part) == stale)
    #expect(try reason(part, excluding: excluded) == nil)
    #expect(try reason(further) == stale)
    // A run whose cache was made without the samples has the same origin as one without a cache.
    var options = DataSource.Options()
    options.excluded = excluded
    let origin = try CacheOrigin(of: open("px.csv", excluding: excluded), options: options)
    #expect(try CacheOrigin(of: open("some.safetensors"), options: options) == origin)

    try folder.write(Array(table.utf8), to: "px.csv")
    #expect(try reason(full) == nil)
    try folder.write(Array(table.replacing("\n1,9", with: "\n0,9").utf8), to: "px.csv")
    #expect(try reason(full) == "files have changed since it was made")
  }
}
