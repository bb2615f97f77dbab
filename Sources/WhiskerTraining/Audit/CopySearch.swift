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
    let first: SampleIndex
    let index: SampleIndex
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
  /// The most memory of a picture, in bytes: its gray vector as a query and packed for the search, its neighbours, and its pairs,
  /// twice while they grow. The findings come later, and take no more than that.
  static func memoryPerPicture(hasFeatures: Bool) -> Int {
    let pairs = (hasFeatures ? 3 : 2) * candidateLimit * MemoryLayout<Pair>.stride
    return 2 * graySide * graySide * MemoryLayout<Float>.stride
      + NearestVectors.Neighbours.memory(limit: candidateLimit) + 2 * pairs
  }
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
      let (first, second) = (Int(pairs[place].first), Int(pairs[place].second))
      return PictureAlignment.correlation(
        PictureAlignment.pixels(gray[first * size..<(first + 1) * size]),
        PictureAlignment.pixels(gray[second * size..<(second + 1) * size]))
    }
    var found: [NearCopy] = []
    try ReadAhead(workers: workers).inOrder(pairs.count, chunk: 64, compute: correlation) { place, value in
      guard progress(place, pairs.count) else { throw CancellationError() }
      guard value >= Self.leastCorrelation else { return }
      found.append(NearCopy(first: pairs[place].first, index: pairs[place].second, correlation: value))
    }
    return found
  }

  /// Two pictures to compare, the earlier one first.
  private struct Pair: Comparable {
    let first: SampleIndex
    let second: SampleIndex

    init(_ one: Int, _ other: Int) {
      (first, second) = (SampleIndex(min(one, other)), SampleIndex(max(one, other)))
    }

    static func < (one: Pair, other: Pair) -> Bool {
      (one.first, one.second) < (other.first, other.second)
    }
  }

  /// The pairs of pictures to compare, each once, in their order.
  /// - Throws: `CancellationError` when it was stopped.
  private func candidates(
    _ searched: [Int], _ features: [Float], shouldStop: () -> Bool
  ) throws -> [Pair] {
    // A sorted array, because a set of as many pairs takes several times the memory.
    var pairs: [Pair] = []
    func add(_ neighbours: NearestVectors.Neighbours) {
      pairs.reserveCapacity(pairs.count + neighbours.total)
      for (place, own) in neighbours.enumerated() {
        for neighbour in own { pairs.append(Pair(searched[place], searched[neighbour.index])) }
      }
      pairs.sort()
      var count = 0
      for place in pairs.indices where count == 0 || pairs[place] != pairs[count - 1] {
        pairs[count] = pairs[place]
        count += 1
      }
      pairs.removeLast(pairs.count - count)
    }
    if !features.isEmpty {
      let size = features.count / pictures.count
      try add(
        NearestVectors(features, rows: searched, dimension: size, pool: pool).nearest(
          to: features, rows: searched, limit: Self.candidateLimit, least: Self.leastFeatures,
          excludesOwn: true, shouldStop: shouldStop))
    }
    var vectors = grayVectors(searched)
    let base = NearestVectors(vectors, dimension: Self.graySide * Self.graySide, pool: pool)
    for isMirrored in [false, true] {
      if isMirrored { Self.mirror(&vectors) }
      try add(
        base.nearest(
          to: vectors, limit: Self.candidateLimit, least: Self.leastGray, excludesOwn: true,
          shouldStop: shouldStop))
    }
    return pairs
  }

  /// Small gray pictures as vectors without their mean, of length 1.
  private func grayVectors(_ searched: [Int]) -> [Float] {
    let (side, small) = (AuditedPictures.side, Self.graySide)
    let step = side / small
    var vectors: [Float] = []
    vectors.reserveCapacity(searched.count * small * small)
    for picture in searched {
      let start = picture * side * side
      var vector = [Float](repeating: 0, count: small * small)
      for y in 0..<side {
        for x in 0..<side {
          vector[y / step * small + x / step] += Float(pictures.gray[start + y * side + x])
        }
      }
      let mean = vector.reduce(0, +) / Float(vector.count)
      for place in vector.indices { vector[place] -= mean }
      vectors += UnitVectors.scaled(vector[...])
    }
    return vectors
  }

  /// Mirrors gray vectors in their memory.
  private static func mirror(_ vectors: inout [Float]) {
    for row in stride(from: 0, to: vectors.count, by: graySide) { vectors[row..<row + graySide].reverse() }
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
