import WhiskerCore

/// Writes a tensor cache row by row, in memory that does not depend on their number.
///
/// The images are written to the file at once. The tensors after them are kept in temporary files on the same disk until the
/// number of rows is known.
final class CacheWriter {
  /// The values of a sample in a cache, besides its pixels.
  struct Row {
    let split: DataSource.Split
    let label: Int
    let path: [UInt8]
    let fingerprint: Fingerprint
    /// The number of its group; nil for none.
    var group: Int?
  }

  private var manifest: CacheManifest
  private let stream: SafetensorsStream
  private var checksums = BlockChecksums()
  private let labels: SpoolFile
  private let fingerprints: SpoolFile
  private let paths: SpoolFile
  private let groups: SpoolFile
  private let skipped: SpoolFile

  /// The length of the file, in bytes, once it is complete.
  var size: Int { stream.size }

  // The images start at the beginning of a page.
  private static let alignment = 4096
  /// The space in the header for the tensors' names, shapes and offsets, in bytes.
  private static let tensorsSpace = 2048

  /// Starts the cache that will appear at `path`. The rows of its splits are not counted yet.
  /// - Throws: `FileError` when the folder cannot be written.
  init(_ path: String, manifest: CacheManifest) throws {
    guard manifest.isSensible else {
      throw FileError(
        path,
        "cannot be written: more than \(CacheManifest.classLimit) classes, or class names with control characters"
      )
    }
    self.manifest = manifest
    let metadata = try StableJSON.line(try manifest.metadata()).utf8.count
    let space = (metadata + Self.tensorsSpace + Self.alignment - 1) / Self.alignment * Self.alignment
    stream = try SafetensorsStream(path, headerSize: space)
    let folder = AtomicFile.folder(of: path)
    labels = try SpoolFile(in: folder)
    fingerprints = try SpoolFile(in: folder)
    paths = try SpoolFile(in: folder)
    groups = try SpoolFile(in: folder)
    skipped = try SpoolFile(in: folder)
    for index in manifest.splits.indices { self.manifest.splits[index].rows = 0 }
  }

  /// Adds samples, `[rows, sampleSize]`; all samples of a split come before those of the next.
  /// - Throws: `FileError`, for a full disk among other things.
  func add(_ pixels: [UInt8], _ rows: [Row]) throws {
    try pixels.withUnsafeBytes(write)
    for row in rows {
      try labels.append(withUnsafeBytes(of: Int32(row.label).littleEndian) { Array($0) })
      try fingerprints.append(row.fingerprint.bytes)
      try paths.append(row.path + [0])
      if manifest.origin.groups != nil {
        try groups.append(withUnsafeBytes(of: Int32(row.group ?? -1).littleEndian) { Array($0) })
      }
      count(row.split)
    }
  }

  /// Adds a sample that could not be read.
  /// - Throws: `FileError`, for a full disk among other things.
  func add(_ sample: SkippedSample) throws {
    try skipped.append((try StableJSON.line(sample) + "\n").utf8)
  }

  /// Completes the file and moves it to its path.
  /// - Throws: `FileError`; an old file at the path is then untouched.
  func commit() throws {
    for spool in [labels, fingerprints, paths, groups, skipped] { try spool.drain(write) }
    let blocks = checksums.finish()
    try blocks.withUnsafeBytes { try stream.write($0) }
    var metadata = try manifest.metadata()
    metadata[CacheManifest.Key.checksum] = blocks.withUnsafeBytes {
      CacheManifest.checksum(metadata: metadata, blocks: $0)
    }
    try stream.commit(metadata: metadata, tensors: tensors(blocks: blocks.count / BlockChecksums.size))
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws {
    try stream.write(bytes)
    checksums.add(bytes)
  }

  private func count(_ split: DataSource.Split) {
    guard let index = manifest.splits.firstIndex(where: { $0.split == split }) else {
      preconditionFailure("a row belongs to a split of the dataset")
    }
    manifest.splits[index].rows += 1
  }

  private func tensors(blocks: Int) -> [SafetensorsStream.TensorLayout] {
    let rows = manifest.rows
    let groups: [SafetensorsStream.TensorLayout] =
      manifest.origin.groups == nil ? [] : [.init("groups", .int32, [rows])]
    return [
      manifest.preprocessing.kept.samplesLayout(rows),
      .init("labels", .int32, [rows]),
      .init("fingerprints", .uint8, [rows, Fingerprint.size]),
      .init("paths", .uint8, [paths.count]),
    ] + groups + [
      .init("skipped", .uint8, [skipped.count]),
      .init("checksums", .uint8, [blocks, BlockChecksums.size]),
    ]
  }
}

extension Preprocessing {
  /// The tensor of `rows` samples: `images` U8 `[rows, height, width]`, for colour `[rows, height, width, 3]`; or `features`
  /// F32 `[rows, views x count]`.
  func samplesLayout(_ rows: Int) -> SafetensorsStream.TensorLayout {
    if let features { return .init("features", .float32, [rows, features.valueCount]) }
    return .init("images", .uint8, [rows, height, width] + (channels == 1 ? [] : [channels]))
  }
}
