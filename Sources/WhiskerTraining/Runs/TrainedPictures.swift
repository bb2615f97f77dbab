import WhiskerCore
import WhiskerData

/// The contents of the pictures that a model was trained on, as the files of its run list them.
///
/// It is known by contents whether a picture is one of them, wherever it lies and whatever it is called. Sizes save reading files,
/// and memory: only pictures with the size of a sample in question are kept. While the lists are read, each picture of the run takes
/// about 20 bytes more.
public struct TrainedPictures: Sendable {
  private var fingerprints: Set<Fingerprint> = []
  private var sizes: Set<Int> = []

  /// The longest chain of runs, each with a backbone from the next. Damaged records could make a ring.
  private static let chainLimit = 8

  /// The pictures of the run of a model, and of the runs of its backbones. Nil unless all of them are known: a model file on its own
  /// has no run, and a run on a cache, on an IDX file or on a table of pixels lists no pictures.
  /// - Parameter path: The path of the model or its run.
  /// - Parameter samples: The samples in question.
  /// - Throws: `ResourceError` when the machine runs out of something.
  public init?(ofModel path: String, among samples: SampleSet, readAhead: ReadAhead) throws {
    guard var run = RunFolder.containing(path) else { return nil }
    let wanted = try Self.sizes(of: samples, readAhead: readAhead)
    for _ in 0..<Self.chainLimit {
      // The lists may be damaged, or missing, as from an older version.
      guard (try? add(run, sizes: wanted)) ?? false, let configuration = Self.configuration(of: run) else {
        return nil
      }
      guard let backbone = configuration.backbone else { return }
      // It may have been moved, or have been named from another working directory.
      guard FilePlace(backbone) != .free else { return nil }
      // A published backbone has no run.
      guard let next = RunFolder.containing(backbone) else { return }
      run = next
    }
    return nil
  }

  /// The sizes of samples as they are stored; nil where one is unknown.
  private static func sizes(of samples: SampleSet, readAhead: ReadAhead) throws -> Set<Int>? {
    let stored = StoredSamples(samples.dataset.asStored)
    let storedSize = { @Sendable (place: Int) -> Int? in
      try stored.storedSize(at: Int(samples.indices[place]))
    }
    var sizes: Set<Int> = []
    var isComplete = true
    try readAhead.inOrder(samples.count, chunk: 64, compute: storedSize) { _, size in
      isComplete = isComplete && size != nil
      if let size { sizes.insert(size) }
    }
    return isComplete ? sizes : nil
  }

  /// Adds the training pictures of a run.
  /// - Parameter wanted: The sizes of the pictures to add; nil for all.
  /// - Returns: Whether the contents of every training picture are listed.
  /// - Throws: `FileError` when a list cannot be read.
  private mutating func add(_ run: RunFolder, sizes wanted: Set<Int>?) throws -> Bool {
    // The list of files first: for the images of an IDX file it is short, and the split is long.
    var listed: Set<UInt64> = []
    var files: [UInt64: (size: Int, contents: Fingerprint)] = [:]
    try FileList.forEachFile(in: run.fileList) { name, row in
      let key = Self.key(of: name)
      // What cannot be read was not trained on.
      if row.fingerprint == FileList.Row.unreadable { listed.insert(key) }
      guard let size = Int(row.size), let contents = Fingerprint(hexadecimal: row.fingerprint) else { return }
      listed.insert(key)
      if wanted?.contains(size) ?? true { files[key] = (size, contents) }
    }
    var isComplete = true
    try SplitFile.forEachName(of: .training, in: run.split) { name in
      let key = Self.key(of: name)
      isComplete = isComplete && listed.contains(key)
      guard let file = files[key] else { return }
      sizes.insert(file.size)
      fingerprints.insert(file.contents)
    }
    return isComplete
  }

  private static func key(of name: String) -> UInt64 {
    var name = name
    return name.withUTF8 { Fingerprint(UnsafeRawBufferPointer($0)).lowWord }
  }

  /// The configuration of a run or a sweep; nil where its record is damaged.
  private static func configuration(of run: RunFolder) -> TrainingConfiguration? {
    SweepFolder(run).configuration?.base ?? (try? Checkpoint.arguments(of: run))?.configuration
  }

  /// How many of `samples` are among the pictures. Those that have been read are not read again, and of others only those with
  /// the size of one of the pictures.
  /// - Throws: `ResourceError` when the machine runs out of something.
  public func count(in samples: SampleSet, readAhead: ReadAhead) throws -> Int {
    let dataset = samples.dataset.asStored
    guard dataset is any StoredDataset else { return 0 }
    let stored = StoredSamples(dataset)
    let isTrainedOn = { @Sendable (place: Int) -> Bool in
      let index = Int(samples.indices[place])
      let fingerprint = try stored.fingerprint(at: index) { sizes.contains($0) }
      return fingerprint.map { fingerprints.contains($0) } ?? false
    }
    var count = 0
    try readAhead.inOrder(samples.count, chunk: 64, compute: isTrainedOn) { if $1 { count += 1 } }
    return count
  }
}

extension TrainingConfiguration {
  /// The path of the backbone whose features or layers are trained on; nil for none.
  var backbone: String? { model.backbone ?? fineTuning?.backbone }
}
