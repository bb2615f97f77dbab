import WhiskerCore
import WhiskerData

/// The contents of the pictures that a model was trained on, as the files of its run list them.
///
/// It is known by contents whether a picture is one of them, wherever it lies and whatever it is called. Sizes save reading files.
/// About 100 bytes a picture, and as much again while the lists are read.
public struct TrainedPictures: Sendable {
  private var fingerprints: Set<Fingerprint> = []
  private var sizes: Set<Int> = []

  /// The longest chain of runs, each with a backbone from the next. Damaged records could make a ring.
  private static let chainLimit = 8

  /// The pictures of the run of a model, and of the runs of its backbones.
  /// - Parameter path: The path of the model or its run. Nil where no run lists contents, such as for a model file on its own.
  public init?(ofModel path: String) {
    var next: String? = path
    for _ in 0..<Self.chainLimit {
      guard let run = next.flatMap(RunFolder.containing) else { break }
      // The lists may be damaged, or missing, as from an older version.
      try? add(run)
      next = Self.backbone(of: run)
    }
    if fingerprints.isEmpty { return nil }
  }

  private mutating func add(_ run: RunFolder) throws {
    // The list of files first: for the images of an IDX file it is short, and the split is long.
    var files: [Fingerprint: (size: Int, contents: Fingerprint)] = [:]
    try FileList.forEachFile(in: run.fileList) { name, row in
      guard let size = Int(row.size), let contents = Fingerprint(hexadecimal: row.fingerprint) else { return }
      files[Self.fingerprint(of: name)] = (size, contents)
    }
    try SplitFile.forEachName(of: .training, in: run.split) { name in
      guard let file = files[Self.fingerprint(of: name)] else { return }
      sizes.insert(file.size)
      fingerprints.insert(file.contents)
    }
  }

  private static func fingerprint(of name: String) -> Fingerprint {
    var name = name
    return name.withUTF8 { Fingerprint(UnsafeRawBufferPointer($0)) }
  }

  /// The path of the backbone of a run; nil for none.
  private static func backbone(of run: RunFolder) -> String? {
    let configuration =
      SweepFolder(run).configuration?.base ?? (try? Checkpoint.arguments(of: run))?.configuration
    return configuration?.backbone
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
