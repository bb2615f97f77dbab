import WhiskerCore
import WhiskerData
import WhiskerNN

/// The search of a dataset for pictures that a person should look at. It changes nothing.
///
/// Copies, near-copies, blank and tiny pictures are found in the pixels. Wrong labels and outliers need the features of a backbone.
public struct Audit {
  /// What an audit computes with.
  public struct Options: Sendable {
    /// How pictures are read ahead.
    public var readAhead = ReadAhead(workers: 1)
    /// The threads that compute.
    public var threads = 1

    /// One thread.
    public init() {}
  }

  /// What is being done.
  public enum Stage: String, Sendable {
    case reading = "Reading"
    case judging = "Judging"
    case comparing = "Comparing"
  }

  /// The path of the dataset.
  public let data: String
  /// The path of the backbone; nil for none.
  public let backbone: String?
  /// The names of the classes.
  public let classNames: [String]
  /// The number of readable pictures.
  public let count: Int
  /// The pictures that cannot be read.
  public let failures: [SampleFailure]
  /// The findings, by problem, the most important first.
  public let findings: [AuditFinding]
  /// The classes with too few pictures for their labels to be judged.
  public let unjudged: [String]
  /// The datasets of the splits.
  package let datasets: [DataSource.Split: any Dataset]

  /// The least pictures of a class whose labels are judged.
  public static let leastPictures = 2 * HeldOutProbabilities.foldCount

  /// Audits the pictures of a source.
  /// - Parameter backbone: What computes features of the pictures, which have the preprocessing of its input; nil for none.
  /// - Parameter progress: Called every few pictures with what was done of all; it returns whether to go on.
  /// - Throws: `FileError` when no picture can be read; `ResourceError` when the machine is at fault; `CancellationError` where it
  ///   shall not go on.
  public init(
    _ source: DataSource, backbone: Backbone?, _ options: Options,
    progress: (_ stage: Stage, _ done: Int, _ total: Int) -> Bool = { _, _, _ in true }
  ) throws {
    (data, self.backbone, classNames, datasets) = (
      source.path, backbone?.path, source.classNames, source.splits
    )
    let pictures = try AuditedPictures(source, backbone, readAhead: options.readAhead) {
      progress(.reading, $0, $1)
    }
    (count, failures) = (pictures.count, pictures.failures)
    guard count > 0 else {
      throw FileError(source.path, "has no picture that can be read")
    }
    let pool = ComputePool(threads: options.threads)
    let search = CopySearch(pictures: pictures, pool: pool, workers: options.readAhead.workers)
    let equal = search.equal
    let vectors = UnitVectors.scaled(rows: pictures.features, size: backbone?.origin.count ?? 0)
    let near = try search.nearCopies(vectors, equal: equal) { progress(.comparing, $0, $1) }
    let together = equal.joined(
      count: count, pairs: near.lazy.map { ($0.first, $0.index) })
    var findings =
      CopyFindings(pictures.pictures, equal, near).findings + PlainFindings(pictures.pictures).findings
    var unjudged: [String] = []
    if let backbone, source.classNames.count > 1 {
      let judgement = try LabelFindings(
        pictures, source.classNames, backbone, together, threads: options.threads
      ) { progress(.judging, 0, 0) }
      findings += judgement.findings
      unjudged = judgement.unjudged
    }
    if backbone != nil {
      findings += try OutlierFindings(pictures.pictures, vectors, together, pool) {
        !progress(.comparing, 0, 0)
      }.findings
    }
    self.unjudged = unjudged
    let order = AuditFinding.Problem.allCases
    self.findings = order.flatMap { problem in findings.filter { $0.problem == problem } }
  }
}
