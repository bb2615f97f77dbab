import WhiskerCore
import WhiskerData
import WhiskerNN

/// Equal pictures and near-copies as findings: those with different labels first, then those in different splits.
struct CopyFindings {
  let findings: [AuditFinding]

  init(_ pictures: [AuditedPicture], _ equal: CopyGroups, _ near: [CopySearch.NearCopy]) {
    var findings: [AuditFinding] = []
    findings.reserveCapacity(equal.copyCount + near.count)
    func add(_ problem: AuditFinding.Problem, _ index: Int, of first: Int, _ score: Double) {
      var finding = AuditFinding(problem, pictures[index], score: score)
      finding.original = pictures[first]
      findings.append(finding)
    }
    for group in equal {
      guard let first = group.first else { continue }
      for index in group.dropFirst() { add(.copy, Int(index), of: Int(first), 1) }
    }
    for pair in near { add(.nearCopy, Int(pair.index), of: Int(pair.first), Double(pair.correlation)) }
    func rank(_ finding: AuditFinding) -> Int {
      (finding.crossesClasses ? 0 : 2) + (finding.crossesSplits ? 0 : 1)
    }
    findings.sort { (rank($0), -$0.score) < (rank($1), -$1.score) }
    self.findings = findings
  }
}

/// Blank and tiny pictures.
struct PlainFindings {
  let findings: [AuditFinding]

  /// The standard deviation below which a picture is blank, in gray levels.
  static let blankDeviation = 3.0
  /// The shorter side below which a picture may be tiny, in pixels.
  static let tinySide = 32
  /// A tiny picture is so many times smaller than the picture in the middle of all.
  static let tinyRatio = 4

  init(_ pictures: [AuditedPicture]) {
    let sides = pictures.map { min($0.details.width, $0.details.height) }
    let middle = sides.isEmpty ? 0 : sides.sorted()[sides.count / 2]
    let blank = pictures.filter { $0.deviation < Self.blankDeviation }.map {
      AuditFinding(.blank, $0, score: $0.deviation)
    }
    let tiny = zip(pictures, sides).filter { $1 < Self.tinySide && $1 * Self.tinyRatio <= middle }.map {
      AuditFinding(.tiny, $0, score: Double($1))
    }
    findings = (blank + tiny).sorted { $0.score < $1.score }
  }
}

/// Probably wrong labels.
struct LabelFindings {
  let findings: [AuditFinding]
  let unjudged: [String]

  init(
    _ pictures: AuditedPictures, _ classNames: [String], _ backbone: Backbone, _ together: CopyGroups,
    threads: Int, progress: () -> Bool
  ) throws {
    let labels = pictures.pictures.map(\.label)
    var counts = [Int](repeating: 0, count: classNames.count)
    for label in labels { counts[label] += 1 }
    unjudged = classNames.indices.filter { (1..<Audit.leastPictures).contains(counts[$0]) }.map {
      classNames[$0]
    }
    let rows = FeatureRows(
      pictures.features, labels: labels, classNames: classNames, backbone.featurePreprocessing)
    let probabilities = try HeldOutProbabilities(of: rows, groups: together, threads: threads) { !progress() }
    let judged = ConfidentLearning(labels: labels, probabilities) { counts[$0] >= Audit.leastPictures }
    findings = (judged.suspicions + judged.doubts).map { suspicion in
      var finding = AuditFinding(.wrongLabel, pictures.pictures[suspicion.index], score: -suspicion.margin)
      finding.suggestion = suspicion.suggestion
      return finding
    }
  }
}

/// Pictures that are unlike all others: the mean cosine of the features of a picture and those of its nearest neighbours is far
/// below the usual one.
struct OutlierFindings {
  let findings: [AuditFinding]

  /// The neighbours of a picture.
  private static let neighbours = 5
  /// How far below the median an outlier is, in robust standard deviations.
  private static let distance = 4.0
  /// The median absolute deviation of a normal distribution times this is its standard deviation.
  private static let scale = 1.4826

  /// - Parameter vectors: The features of every picture, of length 1.
  /// - Parameter together: Copies, of which only the first is a neighbour.
  /// - Throws: `CancellationError` when it was stopped.
  init(
    _ pictures: [AuditedPicture], _ vectors: [Float], _ together: CopyGroups, _ pool: ComputePool,
    shouldStop: () -> Bool
  ) throws {
    let repeated = Set(together.flatMap { $0.dropFirst().map { Int($0) } })
    let own = pictures.indices.filter { !repeated.contains($0) }
    guard own.count > 10 * Self.neighbours else {
      findings = []
      return
    }
    let size = vectors.count / pictures.count
    let nearest = try NearestVectors(vectors, rows: own, dimension: size, pool: pool).nearest(
      to: vectors, rows: own, limit: Self.neighbours, least: -1, excludesOwn: true,
      shouldStop: shouldStop)
    let means = nearest.map { own in own.reduce(0) { $0 + Double($1.product) } / Double(max(1, own.count)) }
    let median = Self.median(means)
    let deviation = Self.scale * Self.median(means.map { abs($0 - median) })
    findings = zip(own, means).filter { $1 < median - Self.distance * deviation }.sorted { $0.1 < $1.1 }.map {
      AuditFinding(.outlier, pictures[$0], score: $1)
    }
  }

  private static func median(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.sorted()[values.count / 2]
  }
}
