import WhiskerCore

/// One file of decoded samples, mapped into memory.
///
/// A safetensors file with `images` U8 `[N, H, W]` or `[N, H, W, 3]`, or `features` F32 `[N, F]`, `labels` I32 `[N]`, `fingerprints` U8 `[N, 16]`,
/// `paths` U8 (each followed by a NUL), where the samples have groups `groups` I32 `[N]`, `skipped` U8 (a line of JSON for every sample that could not be read),
/// `checksums` U8 `[blocks, 4]` (the CRC-32 of every 2^16 bytes of the tensors before them), and the rest in the metadata.
final class TensorCache: Sendable {
  let path: String
  let manifest: CacheManifest
  let skipped: [SkippedSample]
  let paths: CachedPaths

  /// The length of the file, in bytes.
  var size: Int { file.contents.count }

  private let file: SafetensorsReader
  private let samples: Range<Int>
  private let labels: Range<Int>
  private let fingerprints: Range<Int>
  /// Nil where the samples have no groups.
  private let groups: Range<Int>?

  /// The longest line about a skipped sample, in bytes: enough for the longest path, escaped.
  private static let lineLimit = 1 << 16

  /// Opens the cache at `path`, and checks the header and the labels, but not the samples.
  /// - Throws: `FileError` when it is no cache, or its header or labels are damaged.
  init(_ path: String) throws {
    let file = try SafetensorsReader(path)
    manifest = try CacheManifest(file.metadata, path: path)
    (self.path, self.file) = (path, file)
    let rows = manifest.rows
    func place(_ name: String, _ type: Safetensors.ElementType, _ shape: [Int]?) throws -> Range<Int> {
      guard shape == nil || file.shape(of: name) == shape else {
        throw Self.damage(path, "its \(name) have the shape \(file.shape(of: name) ?? [])")
      }
      return try file.range(of: name, type: type)
    }
    let layout = manifest.preprocessing.kept.samplesLayout(rows)
    samples = try place(layout.name, layout.type, layout.shape)
    labels = try place("labels", .int32, [rows])
    fingerprints = try place("fingerprints", .uint8, [rows, Fingerprint.size])
    paths = CachedPaths(file.contents, range: try place("paths", .uint8, nil), count: rows)
    groups = manifest.origin.groups == nil ? nil : try place("groups", .int32, [rows])
    try Self.checkChecksum(file, path: path)
    skipped = try Self.skipped(file, manifest, path: path)
    guard areLabelsInRange else { throw Self.damage(path, "a label has no class") }
  }

  /// Whether the file at `path` starts like a safetensors file.
  static func isSafetensors(_ path: String) throws -> Bool {
    OwnFiles.startsLikeTensorFile(try FileBytes.head(path, count: 9))
  }

  /// Whether the file at `path` is a cache of Whisker's, even a damaged one, which may be replaced by a new one.
  static func claimsToBeCache(_ path: String) -> Bool {
    let head = (try? FileBytes.head(path, count: 1 << 16)) ?? []
    return String(decoding: head, as: UTF8.self).contains("\"\(CacheManifest.Key.version)\"")
  }

  /// Advises the system that rows will be read in random order.
  /// - Parameter isLarge: Whether the whole dataset is too large to be kept in memory.
  func expectRandomReads(isLarge: Bool) { file.contents.expectRandomReads(samples, isLarge: isLarge) }

  /// Returns the memory of the mapped file to the system.
  func release() { file.contents.release() }

  /// Copies the sample of a row into `pixels`.
  func read(_ row: Int, into pixels: UnsafeMutableRawBufferPointer) {
    let size = manifest.preprocessing.kept.sampleSize
    let start = samples.lowerBound + row * size
    file.contents.withBytes {
      pixels.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + size]))
    }
  }

  /// Whether the features of a row are finite numbers; true for a row of a picture.
  func isFinite(_ row: Int) -> Bool {
    guard manifest.preprocessing.features != nil else { return true }
    let size = manifest.preprocessing.kept.sampleSize
    return file.contents.withBytes { bytes in
      let start = bytes.baseAddress! + samples.lowerBound + row * size
      var largest: UInt32 = 0
      // All bits of the exponent are set in NaN and infinity. A maximum of integers is computed in SIMD lanes.
      for offset in stride(from: 0, to: size, by: Preprocessing.featureSize) {
        largest = max(largest, start.loadUnaligned(fromByteOffset: offset, as: UInt32.self) & 0x7F80_0000)
      }
      return largest < 0x7F80_0000
    }
  }

  /// The address of the sample of a row.
  func address(of row: Int) -> UnsafePointer<UInt8> {
    file.contents.address(of: samples.lowerBound + row * manifest.preprocessing.kept.sampleSize)
  }

  /// The label of a row.
  func label(_ row: Int) -> Int {
    let offset = labels.lowerBound + 4 * row
    return file.contents.withBytes {
      Int(Int32(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
    }
  }

  /// Whether the samples have groups.
  var hasGroups: Bool { groups != nil }

  /// The number of the group of a row; nil for none.
  func group(_ row: Int) -> Int? {
    guard let groups else { return nil }
    let number = file.contents.withBytes {
      Int32(littleEndian: $0.loadUnaligned(fromByteOffset: groups.lowerBound + 4 * row, as: Int32.self))
    }
    return number < 0 ? nil : Int(number)
  }

  /// The fingerprint of the contents that a row was made from.
  func fingerprint(_ row: Int) -> Fingerprint {
    let offset = fingerprints.lowerBound + Fingerprint.size * row
    return file.contents.withBytes { Fingerprint(stored: $0.baseAddress! + offset) }
  }

  /// An error for each damaged block, with its contents. Reads the whole file.
  func damage(readAhead: ReadAhead) throws -> [FileError] {
    let checksums = try file.range(of: "checksums", type: .uint8)
    let data = file.dataStart..<checksums.lowerBound
    let blocks = (data.count + BlockChecksums.blockSize - 1) / BlockChecksums.blockSize
    let contents = file.contents
    let prefetcher = Prefetcher(count: blocks, workers: readAhead.workers, depth: readAhead.depth) { block in
      let start = data.lowerBound + block * BlockChecksums.blockSize
      let range = start..<min(start + BlockChecksums.blockSize, data.upperBound)
      return contents.withBytes { bytes in
        let stored = bytes.loadUnaligned(
          fromByteOffset: checksums.lowerBound + BlockChecksums.size * block, as: UInt32.self)
        return CRC32.of(UnsafeRawBufferPointer(rebasing: bytes[range])) == UInt32(littleEndian: stored)
          ? nil : range
      }
    }
    var errors: [FileError] = []
    while let range = try prefetcher.next() {
      if let range { errors.append(describeDamage(range)) }
    }
    return errors
  }

  private func describeDamage(_ range: Range<Int>) -> FileError {
    let layout = manifest.preprocessing.kept.samplesLayout(manifest.rows)
    let names = [layout.name, "labels", "fingerprints", "paths", "groups", "skipped"].filter { name in
      let type = name == layout.name ? layout.type : ["labels", "groups"].contains(name) ? .int32 : .uint8
      return (try? file.range(of: name, type: type))?.overlaps(range) ?? false
    }
    let size = manifest.preprocessing.kept.sampleSize
    let touched = range.clamped(to: samples)
    let rows =
      touched.isEmpty
      ? ""
      : " (rows \((touched.lowerBound - samples.lowerBound) / size) to \((touched.upperBound - 1 - samples.lowerBound) / size))"
    return FileError(
      path,
      "is damaged between the bytes \(range.lowerBound) and \(range.upperBound), in its "
        + "\(names.joined(separator: ", "))\(rows)", advice: "Make it again")
  }

  private var areLabelsInRange: Bool {
    let classCount = UInt32(manifest.classNames.count)
    return file.contents.withBytes { bytes in
      let start = bytes.baseAddress! + labels.lowerBound
      var largest: UInt32 = 0
      // A negative label is a very large one without its sign.
      for row in 0..<manifest.rows {
        largest = max(
          largest, UInt32(littleEndian: start.loadUnaligned(fromByteOffset: 4 * row, as: UInt32.self)))
      }
      return manifest.rows == 0 || largest < classCount
    }
  }

  private static func checkChecksum(_ file: SafetensorsReader, path: String) throws {
    let checksums = try file.range(of: "checksums", type: .uint8)
    let size = checksums.lowerBound - file.dataStart
    let blocks = (size + BlockChecksums.blockSize - 1) / BlockChecksums.blockSize
    guard checksums.upperBound == file.contents.count, checksums.count == blocks * BlockChecksums.size else {
      throw damage(path, "its checksums are not at the end, one for each block")
    }
    let sum = file.contents.withBytes {
      CacheManifest.checksum(metadata: file.metadata, blocks: UnsafeRawBufferPointer(rebasing: $0[checksums]))
    }
    guard sum == file.metadata[CacheManifest.Key.checksum] else {
      throw damage(path, "the checksum of its header and of its checksums does not fit them")
    }
  }

  private static func skipped(
    _ file: SafetensorsReader, _ manifest: CacheManifest, path: String
  ) throws -> [SkippedSample] {
    let count = manifest.splits.reduce(0) { $0 + $1.listed - $1.rows }
    let samples = try file.withBytes(of: "skipped", type: .uint8) { bytes in
      try skippedLines(bytes, count: count, path: path)
    }
    for split in manifest.splits {
      let indices = samples.filter { $0.split == split.split }.map(\.index)
      let places = split.first..<split.first + split.listed
      guard indices.count == split.listed - split.rows, indices.allSatisfy(places.contains),
        zip(indices, indices.dropFirst()).allSatisfy(<)
      else { throw damage(path, "its list of skipped samples does not fit their number") }
    }
    guard samples.allSatisfy({ manifest.classNames.indices.contains($0.label) }) else {
      throw damage(path, "a skipped sample has no class")
    }
    return samples
  }

  private static func skippedLines(
    _ bytes: UnsafeRawBufferPointer, count: Int, path: String
  ) throws -> [SkippedSample] {
    var samples: [SkippedSample] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let line = rest.prefix(lineLimit).prefix { $0 != UInt8(ascii: "\n") }
      let text = String(decoding: line, as: UTF8.self)
      guard samples.count < count, let sample = try? StableJSON.decode(SkippedSample.self, from: text) else {
        throw damage(path, "its list of skipped samples cannot be read")
      }
      samples.append(sample)
      rest = rest.dropFirst(line.count + 1)
    }
    return samples
  }

  private static func damage(_ path: String, _ what: String) -> FileError {
    FileError(path, "is damaged: \(what)", advice: "Make it again by preprocessing the data")
  }
}
