import WhiskerCore
import WhiskerData
import WhiskerNN

/// Finds equal pictures by their contents, and near-copies: pictures that were resized, recompressed, mirrored or slightly cropped.
///
/// Candidates are the nearest neighbours by features, and by small gray pictures, plain and mirrored. Whether they are near-copies
/// is decided by aligning their pixels.
struct CopySearch {
  /// A near-copy of an earlier picture.
  struct NearCopy {
    let first: Int
    let index: Int
    /// The correlation of the aligned pictures, up to 1.
    let correlation: Float
  }

  let pictures: AuditedPictures
  let pool: ComputePool
  let workers: Int

  /// The correlation from which two pictures are near-copies.
  static let leastCorrelation: Float = 0.97
  /// The most candidates of a picture.
  private static let candidateLimit = 6
  /// The least cosine of the features of candidates.
  private static let leastFeatures: Float = 0.75
  /// The least cosine of the gray vectors of candidates.
  private static let leastGray: Float = 0.8
  /// The side of the pictures that gray vectors are made of.
  private static let graySide = 16
  /// The memory of a picture's gray vectors, in bytes: plain, mirrored, and packed for the search.
  static let memoryPerPicture = 3 * graySide * graySide * MemoryLayout<Float>.stride
  /// The least deviation of a picture that is searched, in gray levels: flat pictures are all alike.
  private static let leastDeviation = 4.0

  /// The groups of pictures with equal contents.
  var equal: CopyGroups {
    var firsts: [Fingerprint: Int] = [:]
    var copies: [CopyGroups.Copy] = []
    for (index, picture) in pictures.pictures.enumerated() {
      guard let first = firsts[picture.details.fingerprint] else {
        firsts[picture.details.fingerprint] = index
        continue
      }
      copies.append(.init(first: SampleIndex(first), index: SampleIndex(index)))
    }
    return CopyGroups(copies)
  }

  /// The pairs of near-copies, in the order of the pictures. Of equal pictures only the first is searched.
  /// - Parameter features: The features of every picture, of length 1; empty for none.
  /// - Parameter progress: Called with the number of compared pairs and of all; it returns whether to go on.
  /// - Throws: `CancellationError` where it shall not go on.
  func nearCopies(
    _ features: [Float], equal: CopyGroups, progress: (_ done: Int, _ total: Int) -> Bool
  ) throws -> [NearCopy] {
    let repeated = Set(equal.flatMap { $0.dropFirst().map { Int($0) } })
    let searched = (0..<pictures.count).filter {
      !repeated.contains($0) && pictures.pictures[$0].deviation >= Self.leastDeviation
    }
    let pairs = try candidates(searched, features) { !progress(0, 0) }
    let (gray, size) = (pictures.gray, AuditedPictures.side * AuditedPictures.side)
    let correlation = { @Sendable (place: Int) -> Float in
      let (first, second) = pairs[place]
      return PictureAlignment.correlation(
        PictureAlignment.pixels(gray[first * size..<(first + 1) * size]),
        PictureAlignment.pixels(gray[second * size..<(second + 1) * size]))
    }
    var found: [NearCopy] = []
    try ReadAhead(workers: workers).inOrder(pairs.count, chunk: 64, compute: correlation) { place, value in
      guard progress(place, pairs.count) else { throw CancellationError() }
      guard value >= Self.leastCorrelation else { return }
      found.append(NearCopy(first: pairs[place].0, index: pairs[place].1, correlation: value))
    }
    return found
  }

  /// The pairs of pictures to compare, each once, the earlier picture first.
  /// - Throws: `CancellationError` when it was stopped.
  private func candidates(
    _ searched: [Int], _ features: [Float], shouldStop: () -> Bool
  ) throws -> [(Int, Int)] {
    var pairs: Set<UInt64> = []
    func add(_ neighbours: [[NearestVectors.Neighbour]]) {
      for (place, own) in neighbours.enumerated() {
        for neighbour in own {
          let (one, other) = (searched[place], searched[neighbour.index])
          pairs.insert(UInt64(min(one, other)) << 32 | UInt64(max(one, other)))
        }
      }
    }
    if !features.isEmpty {
      let size = features.count / pictures.count
      try add(
        NearestVectors(features, rows: searched, dimension: size, pool: pool).nearest(
          to: features, rows: searched, limit: Self.candidateLimit, least: Self.leastFeatures,
          excludesOwn: true, shouldStop: shouldStop))
    }
    let (plain, mirrored) = (
      grayVectors(searched, isMirrored: false), grayVectors(searched, isMirrored: true)
    )
    let base = NearestVectors(plain, dimension: Self.graySide * Self.graySide, pool: pool)
    for queries in [plain, mirrored] {
      try add(
        base.nearest(
          to: queries, limit: Self.candidateLimit, least: Self.leastGray, excludesOwn: true,
          shouldStop: shouldStop))
    }
    return pairs.sorted().map { (Int($0 >> 32), Int($0 & 0xFFFF_FFFF)) }
  }

  /// Small gray pictures as vectors without their mean, of length 1.
  private func grayVectors(_ searched: [Int], isMirrored: Bool) -> [Float] {
    let (side, small) = (AuditedPictures.side, Self.graySide)
    let step = side / small
    var vectors: [Float] = []
    vectors.reserveCapacity(searched.count * small * small)
    for picture in searched {
      let start = picture * side * side
      var vector = [Float](repeating: 0, count: small * small)
      for y in 0..<side {
        for x in 0..<side {
          let column = isMirrored ? side - 1 - x : x
          vector[y / step * small + x / step] += Float(pictures.gray[start + y * side + column])
        }
      }
      let mean = vector.reduce(0, +) / Float(vector.count)
      for place in vector.indices { vector[place] -= mean }
      vectors += UnitVectors.scaled(vector[...])
    }
    return vectors
  }
}

/// Vectors of length 1.
enum UnitVectors {
  /// A vector in the same direction with the length 1; zero where it is zero.
  static func scaled(_ vector: ArraySlice<Float>) -> [Float] {
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return length > 0 ? vector.map { $0 / length } : Array(vector)
  }

  /// Scales rows `[count, size]`.
  static func scaled(rows: [Float], size: Int) -> [Float] {
    guard size > 0 else { return [] }
    var scaled: [Float] = []
    scaled.reserveCapacity(rows.count)
    for start in stride(from: 0, to: rows.count, by: size) {
      scaled += Self.scaled(rows[start..<start + size])
    }
    return scaled
  }
}
